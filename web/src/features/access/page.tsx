import { Loading } from "../../ui/index.ts";

export function AccessPage(_: { readonly caseId: string | undefined; readonly fileId: string | undefined }) {
  return <Loading />;
}
