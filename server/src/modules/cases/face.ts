import type { schemas } from "@breakwater/contract";
import type { Statement } from "@breakwater/seal";
import type { Sql, Tx } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Policy } from "../policy/index.ts";
import type { CaseState } from "./state.ts";
import type { CaseRecord } from "./store.ts";

export type NewCase = z.output<typeof schemas.NewCase>;
export type CaseRow = z.output<typeof schemas.CaseRow>;
export type CasesQuery = z.output<typeof schemas.CasesQuery>;

/** What cases need of the releaser. Throws releaser.unavailable. */
export interface CaseKeyMaker {
  key(place: { readonly org: string; readonly case: string }): Promise<Statement>;
}
export interface CasesDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly policy: Policy;
  readonly accounts: Accounts;
  readonly releaser: CaseKeyMaker;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
export interface Cases {
  open(session: Session, input: NewCase): Promise<CaseRow>;
  list(
    session: Session,
    query: CasesQuery,
  ): Promise<{ readonly cases: CaseRow[]; readonly next: string | null; readonly total: number }>;
  /** Takes a case, or gives it to somebody else. */
  assign(session: Session, caseId: string, input: z.output<typeof schemas.AssignCase>): Promise<CaseRow>;
  unassign(session: Session, caseId: string, input: z.output<typeof schemas.AssignCase>): Promise<CaseRow>;
  update(session: Session, caseId: string, input: z.output<typeof schemas.PatchCase>): Promise<CaseRow>;
  close(session: Session, caseId: string, act: unknown): Promise<CaseRow>;
  /** The case if this reader may see it; throws request.notFound otherwise, as for one that does not exist. */
  visible(session: Session, caseId: string): Promise<CaseRecord>;
  row(session: Session, record: CaseRecord): Promise<CaseRow>;
  /** What removals and moves left to do, and one batch of it done. */
  rotation(session: Session): Promise<z.output<typeof schemas.Rotation>>;
  rekey(session: Session, input: z.output<typeof schemas.Rekey>): Promise<number>;
  /** The reader has seen this much of the case. */
  seen(session: Session, caseId: string, activity: number): Promise<void>;
  queues(session: Session): Promise<z.output<typeof schemas.CaseQueue>[]>;
  keepQueue(session: Session, input: z.output<typeof schemas.NewCaseQueue>): Promise<void>;
  dropQueue(session: Session, view: string): Promise<void>;
  /** One more file or message is sealed on the case; takes the case's row. Gives how many messages there are now. */
  news(
    tx: Tx,
    session: Session,
    caseId: string,
    more: { readonly files?: number; readonly messages?: number; readonly state?: CaseState | undefined },
  ): Promise<number>;
  /** Who signed the releaser's key of a case (Ed25519): the releaser that holds it. */
  releaserOf(caseId: string): Promise<string | undefined>;
  /** Closed cases that are not shredded, longest closed first; at most 1,000. */
  closedCases(): Promise<
    readonly { readonly case_id: string; readonly org: string; readonly type: string; readonly since: Date }[]
  >;
  /** Takes the case's row until the transaction ends; throws request.notFound. */
  lock(tx: Tx, caseId: string): Promise<CaseRecord>;
  /** Its keys are destroyed: nothing of it opens any more. Closes it as well. */
  markShredded(tx: Tx, caseId: string): Promise<void>;
  markHeld(tx: Tx, caseId: string, held: boolean): Promise<void>;
  /** Cases by organisation. */
  counts(): Promise<ReadonlyMap<string, number>>;
}
