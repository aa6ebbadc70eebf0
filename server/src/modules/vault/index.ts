import type { schemas } from "@breakwater/contract";
import type { Blobs } from "@breakwater/blobs";
import type { Receipt, ReleaseAnswer, ReleaseRequest } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import type { Cases } from "../cases/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Policy } from "../policy/index.ts";
import { ReadingLog } from "./access.ts";
import { announce } from "./announce.ts";
import { finish } from "./finish.ts";
import { requestGrant } from "./grants.ts";
import { openPart, type OpenedPart } from "./parts.ts";
import { receiptOf } from "./receipts.ts";
import { release, SeenSizes } from "./release.ts";
import type { Staging } from "./staging.ts";
import { deleteExpired, tidy } from "./sweep.ts";
import { caseView, fileView } from "./views.ts";

export { vaultMigrations } from "./migrations.ts";
export { createStaging, type Staging } from "./staging.ts";
export { vaultRoutes } from "./routes.ts";
export type { OpenedPart } from "./parts.ts";

/** What the vault needs of the releaser: throws releaser.unavailable, or an error with the releaser's own `code`. */
export interface Releaser {
  release(request: ReleaseRequest): Promise<ReleaseAnswer>;
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
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Hears of tidying that failed; it is tried again. */
  readonly report: (error: unknown) => void;
}
type Of<S extends z.ZodType> = z.output<S>;

export interface Vault {
  announce(session: Session, input: Of<typeof schemas.NewFile>): Promise<Of<typeof schemas.FileStarted>>;
  finish(session: Session, file: string, input: Of<typeof schemas.FinishFile>): Promise<Receipt>;
  receipt(session: Session, file: string): Promise<Receipt>;
  /** Ciphertext of one part. `range` is the header's text. */
  part(session: Session, file: string, part: string, range: string | undefined): Promise<OpenedPart>;
  caseView(session: Session, caseId: string): Promise<Of<typeof schemas.CaseView>>;
  fileView(session: Session, file: string): Promise<Of<typeof schemas.FileView>>;
  requestGrant(session: Session, input: Of<typeof schemas.NewGrant>): Promise<void>;
  /** The one way to a key. */
  release(session: Session, input: Of<typeof schemas.ReleaseAsk>): Promise<Of<typeof schemas.Release>>;
  /** Removes what unfinished uploads left behind, now and every ten minutes. */
  start(): Promise<void>;
  close(): Promise<void>;
}

const SWEEP_MS = 600_000;

export function createVault(deps: VaultDeps): Vault {
  const reading = new ReadingLog(deps);
  const seen = new SeenSizes();
  const finishing = new Map<string, Promise<Receipt>>();
  let timer: NodeJS.Timeout | undefined;
  let sweeping: Promise<void> = Promise.resolve();
  return {
    announce: (session, input) => announce(deps, session, input),
    finish(session, file, input) {
      // Two answers to one upload would race for its blobs: the second waits, and finds it sealed.
      const before = finishing.get(file)?.catch(() => {}) ?? Promise.resolve();
      const mine = before.then(() => finish(deps, session, file, input));
      finishing.set(file, mine);
      return mine.finally(() => {
        if (finishing.get(file) === mine) finishing.delete(file);
      });
    },
    receipt: (session, file) => receiptOf(deps, session, file),
    part: (session, file, part, range) => openPart(deps, reading, session, { file, part, range }),
    caseView: (session, caseId) => caseView(deps, reading, session, caseId),
    fileView: (session, file) => fileView(deps, reading, session, file),
    requestGrant: (session, input) => requestGrant(deps, session, input),
    release: (session, input) => release(deps, seen, session, input),
    async start() {
      await tidy(deps);
      timer = setInterval(() => {
        sweeping = sweeping.then(() => deleteExpired(deps, finishing)).catch(deps.report);
      }, SWEEP_MS);
    },
    async close() {
      clearInterval(timer);
      await sweeping;
    },
  };
}
