import type { schemas } from "@breakwater/contract";
import type { Blobs } from "@breakwater/blobs";
import type { Receipt, ReleaseAnswer, ReleaseRequest } from "@breakwater/seal";
import type { Sql, Tx } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import type { CaseRecord, Cases } from "../cases/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Policy } from "../policy/index.ts";
import type { Staging } from "./staging.ts";
import type { FileRecord } from "./store.ts";

/** What the vault needs of the releaser: throws releaser.unavailable, or an error with the releaser's own `code`. */
export interface Releaser {
  release(request: ReleaseRequest): Promise<ReleaseAnswer>;
  /** Whether the case's releaser is the desk's, and so the witness whose cosignature every reader asks for. */
  isOwn(caseId: string): Promise<boolean>;
}
export interface VaultDeps {
  readonly sql: Sql;
  readonly blobs: Blobs;
  readonly staging: Staging;
  readonly ledger: Ledger;
  readonly policy: Policy;
  readonly accounts: Accounts;
  readonly cases: Cases;
  readonly releaser: Releaser;
  /** Ciphertext that each customer may keep here. */
  readonly quotaBytes: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears of tidying that failed; it is tried again. */
  readonly report: (error: unknown) => void;
}
type Of<S extends z.ZodType> = z.output<S>;

export interface OpenedPart {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** SHA-256 of the whole part, base64url. */
  readonly hash: string;
  readonly size: number;
  readonly start: number;
  /** Exclusive. */
  readonly end: number;
  readonly partial: boolean;
}

export interface Vault {
  announce(session: Session, input: Of<typeof schemas.NewFile>): Promise<Of<typeof schemas.FileStarted>>;
  finish(session: Session, file: string, input: Of<typeof schemas.FinishFile>): Promise<Receipt>;
  receipt(session: Session, file: string): Promise<Receipt>;
  /** Ciphertext of one part. `range` is the header's text. */
  part(session: Session, file: string, part: string, range: string | undefined): Promise<OpenedPart>;
  caseView(session: Session, caseId: string): Promise<Of<typeof schemas.CaseView>>;
  fileView(session: Session, file: string): Promise<Of<typeof schemas.FileView>>;
  postMessage(
    session: Session,
    caseId: string,
    input: Of<typeof schemas.NewMessage>,
  ): Promise<Of<typeof schemas.MessageRow>>;
  /** Ciphertexts; what opens them is a release. */
  messages(
    session: Session,
    caseId: string,
    query: Of<typeof schemas.MessagesQuery>,
  ): Promise<Of<typeof schemas.Messages>>;
  requestGrant(session: Session, input: Of<typeof schemas.NewGrant>): Promise<void>;
  grants(session: Session, query: Of<typeof schemas.GrantsQuery>): Promise<Of<typeof schemas.GrantView>[]>;
  decideGrant(session: Session, grant: string, input: Of<typeof schemas.DecideGrant>): Promise<void>;
  revokeGrant(session: Session, grant: string, act: unknown): Promise<void>;
  reviewGrant(session: Session, grant: string, act: unknown): Promise<void>;
  settings(session: Session, org?: string): Promise<Of<typeof schemas.Settings>>;
  putSettings(session: Session, input: Of<typeof schemas.PutSettings>): Promise<Of<typeof schemas.Settings>>;
  /** What the own organisation keeps here, and may keep. */
  storage(session: Session): Promise<Of<typeof schemas.Storage>>;
  /** The file and its case, if this reader may see the case; request.notFound otherwise. */
  find(session: Session, file: string): Promise<{ readonly file: FileRecord; readonly record: CaseRecord }>;
  markDeleted(tx: Tx, file: string): Promise<void>;
  markHeld(tx: Tx, file: string, held: boolean): Promise<void>;
  heldFiles(tx: Tx, caseId: string): Promise<readonly string[]>;
  /** Removes the ciphertext of a case, or of one file. What was removed before is no error. */
  dropBlobs(place: { readonly case: string; readonly file?: string }): Promise<void>;
  /** The one way to a key. */
  release(session: Session, input: Of<typeof schemas.ReleaseAsk>): Promise<Of<typeof schemas.Release>>;
  /** Removes what unfinished uploads left behind, now and every ten minutes. */
  start(): Promise<void>;
  close(): Promise<void>;
}
