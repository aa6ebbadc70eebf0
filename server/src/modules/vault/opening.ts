import type { ReleaseRequest, SignedAct } from "@breakwater/seal";

/** What the releaser is asked for: parts of a file, or messages of a case. */
export interface Opening {
  readonly place: { readonly org: string; readonly case_id: string; readonly file_id?: string };
  readonly act: SignedAct;
  readonly rpk: string;
  readonly request: Pick<ReleaseRequest, "manifest" | "messages" | "grant" | "approvals">;
}
/** What a refusal repeats of the act; never its signature, which is over another type. */
export function membersOf({ parts, grant, rpk, man, why }: SignedAct) {
  return {
    ...(parts === undefined ? {} : { parts }),
    ...(grant === undefined ? {} : { grant }),
    ...(rpk === undefined ? {} : { rpk }),
    ...(man === undefined ? {} : { man }),
    ...(why === undefined ? {} : { why }),
  };
}
