import {
  consistencyProof,
  encodeLeaf,
  formatProof,
  inclusionProof,
  leafHash,
  ed25519FromSeed,
  type Leaf,
} from "@breakwater/ledger";
import type { Sql, Tx } from "@breakwater/sql";
import { toBase64url } from "@breakwater/wire";
import { coalesce } from "./coalesce.ts";
import { announce, beatAll } from "./clockwork.ts";
import { netOf } from "./net.ts";
import { integrate, type Signed } from "./sequencer.ts";
import { insertEntry, insertLog, listLogs, lockLog, tileReader, updateLog } from "./store.ts";
import { cosign, type Witness } from "./witness.ts";

export { ledgerMigrations } from "./migrations.ts";
export { loadLogKey } from "./key.ts";
export { ledgerRoutes, type AccessDirectory } from "./routes.ts";
export type { Signed } from "./sequencer.ts";
export type { Witness, WitnessAnswer } from "./witness.ts";

/** The one log that everybody may read: a leaf for each organisation's checkpoint. */
export const GLOBAL_LOG = "global";

/** A leaf without what the server adds: its clock, the session, the network. */
export type LeafDraft = Omit<Leaf, "ts" | "ses" | "net">;
/** The request that a leaf comes from. `ses` is domainHash("session", session id) as base64url. */
export interface LeafContext {
  readonly ses?: string | undefined;
  readonly address?: string | undefined;
}
export interface AppendedLeaf {
  /** The organisation's id, or "global". */
  readonly log: string;
  readonly origin: string;
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly entry: Uint8Array;
  readonly leaf: Leaf;
}
export interface Proven {
  readonly checkpoint: Signed;
  readonly index: number;
  readonly inclusion: readonly Uint8Array[];
}

export interface Ledger {
  /** Ed25519, base64url: what `desk.keys` names. */
  readonly publicKey: string;
  readonly logHost: string;
  originOf(log: string): string;
  /** Opens an organisation's log; nothing happens when it is open. */
  open(tx: Tx, org: string): Promise<void>;
  /**
   * Adds a leaf to the log of `draft.org` in the caller's transaction; the log's row stays locked until it ends, so
   * indexes are dense and append comes last. The leaf exists when the transaction commits, and is proven after `integrate`.
   */
  append(tx: Tx, draft: LeafDraft, context?: LeafContext): Promise<AppendedLeaf>;
  /** Signs a checkpoint over everything that was committed before the call. */
  integrate(log: string): Promise<Signed>;
  /** The same with the witness's cosignature; throws log.unavailable when there is none to be had. */
  cosigned(log: string): Promise<Signed>;
  /** Inclusion under a checkpoint (by default the integrated one, without cosignature). */
  prove(log: string, index: number, checkpoint?: Signed): Promise<Proven>;
  /** c2sp.org/tlog-proof; cosigned unless asked otherwise. */
  proofText(log: string, index: number, options?: { readonly cosigned?: boolean }): Promise<string>;
  /** From a smaller size to the given checkpoint (by default the integrated one). */
  consistency(
    log: string,
    from: number,
    checkpoint?: Signed,
  ): Promise<{ readonly checkpoint: Signed; readonly proof: readonly Uint8Array[] }>;
  /** Called after the commit of each leaf. Returns the way to stop. */
  onAppend(listener: (appended: AppendedLeaf) => void): () => void;
  /** Heartbeats and the global log's announcements, until `close`. */
  start(): void;
  close(): Promise<void>;
}

export interface LedgerDeps {
  readonly sql: Sql;
  readonly now: () => number;
  readonly logHost: string;
  /** The log key's 32-byte seed. */
  readonly seed: Uint8Array;
  readonly witness: Witness;
  /** Hears of background work that failed; it is tried again. */
  readonly report: (error: unknown) => void;
}

const TICK_MS = 20_000;

export async function createLedger({ sql, now, logHost, seed, witness, report }: LedgerDeps): Promise<Ledger> {
  const originOf = (log: string): string => `${logHost}/log/${log}`;
  const listeners = new Set<(appended: AppendedLeaf) => void>();
  const integrateLog = coalesce((log) => integrate({ sql, seed, originOf }, log));
  const cosignLog = coalesce(async (log) => cosign(sql, witness, log, await integrateLog(log)));
  let timer: NodeJS.Timeout | undefined;
  let ticking: Promise<void> = Promise.resolve();

  const ledger: Ledger = {
    publicKey: toBase64url((await ed25519FromSeed(seed)).publicKey),
    logHost,
    originOf,
    open: (tx, org) => insertLog(tx, org, new Date(now())),

    async append(tx, draft, context = {}) {
      const log = draft.org;
      const row = await lockLog(tx, log);
      const net = context.address === undefined ? undefined : netOf(row.salt, context.address);
      const leaf: Leaf = {
        ...draft,
        ts: new Date(now()).toISOString(),
        ...(context.ses === undefined ? {} : { ses: context.ses }),
        ...(net === undefined ? {} : { net }),
      };
      const entry = encodeLeaf(leaf);
      const appended = { log, origin: originOf(log), index: row.size, leafHash: leafHash(entry), entry, leaf };
      await insertEntry(tx, {
        log,
        idx: row.size,
        leaf_hash: appended.leafHash,
        entry,
        t: leaf.t,
        case_id: leaf.case ?? null,
        file_id: leaf.file ?? null,
      });
      await updateLog(tx, log, { size: row.size + 1 });
      sql.afterCommit(tx, () => listeners.forEach((listener) => listener(appended)));
      return appended;
    },

    integrate: integrateLog,
    cosigned: cosignLog,

    async prove(log, index, checkpoint) {
      const signed = checkpoint ?? (await integrateLog(log));
      return {
        checkpoint: signed,
        index,
        inclusion: await inclusionProof(index, signed.size, tileReader(sql.db, log)),
      };
    },

    async proofText(log, index, { cosigned = true } = {}) {
      const { checkpoint, inclusion } = await ledger.prove(log, index, cosigned ? await cosignLog(log) : undefined);
      return formatProof({ index, proof: inclusion, checkpoint: checkpoint.note });
    },

    async consistency(log, from, checkpoint) {
      const signed = checkpoint ?? (await integrateLog(log));
      return { checkpoint: signed, proof: await consistencyProof(from, signed.size, tileReader(sql.db, log)) };
    },

    onAppend(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    start() {
      const tick = async (): Promise<void> => {
        await beatAll(sql, ledger, now);
        await announce(sql, ledger, now);
        // Before there is a desk the witness knows no log; before its first leaf a log has nothing to prove.
        for (const { log, size } of await listLogs(sql.db)) if (size > 0) await cosignLog(log);
      };
      timer = setInterval(() => {
        ticking = ticking.then(tick).catch(report);
      }, TICK_MS);
    },

    async close() {
      clearInterval(timer);
      await ticking;
    },
  };
  await sql.transaction((tx) => insertLog(tx, GLOBAL_LOG, new Date(now())));
  return ledger;
}
