import type { schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import type { Cases } from "../cases/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Vault } from "../vault/index.ts";
import type { Orderly } from "./push.ts";

/** One releaser that has just started. */
export interface Starting {
  /** Whether it holds the key of this case. */
  serves(caseId: string): Promise<boolean>;
  /** Tells it that every order was said again. */
  settle(): Promise<void>;
}
export interface LifeDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly cases: Cases;
  readonly vault: Vault;
  /** Throws releaser.unavailable, or an error with the releaser's own `code`. */
  readonly releaser: Orderly;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears of background work that failed; it is tried again. */
  readonly report: (error: unknown) => void;
}

/** How long things live: legal hold, deletion, shredding, retention (docs/protocol.md section 13). */
export interface Life {
  view(session: Session, caseId: string): Promise<z.output<typeof schemas.CaseLife>>;
  shred(session: Session, caseId: string, input: z.output<typeof schemas.ShredCase>): Promise<void>;
  /** Holds or lifts, as the act says. */
  hold(session: Session, caseId: string, input: z.output<typeof schemas.HoldCase>): Promise<void>;
  /** Logs that the customer takes a case away; every key of it is released like any other. */
  noteExport(session: Session, caseId: string, act: unknown): Promise<void>;
  deleteFile(session: Session, file: string, act: unknown): Promise<void>;
  /** Says every order again to a releaser that has just started: it opens nothing before. */
  settle(releaser: Starting): Promise<void>;
  /** Shreds what retention says; gives how many. Also done every hour. */
  sweep(): Promise<number>;
  start(): void;
  close(): Promise<void>;
}
