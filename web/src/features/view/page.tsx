import { Loading } from "../../ui/index.ts";

export function ViewPage(_: { readonly caseId: string; readonly fileId: string }) {
  return <Loading />;
}
