import {
  consistencyProof,
  encodeLeaf,
  formatProof,
  inclusionProof,
  leafHash,
  ed25519FromSeed,
  type Leaf,
} from "@breakwater/ledger";
import type { Sql } from "@breakwater/sql";
import { toBase64url } from "@breakwater/wire";
import { coalesce } from "./coalesce.ts";
import { announce, beatAll } from "./clockwork.ts";
import { GLOBAL_LOG, type AppendedLeaf, type Ledger } from "./face.ts";
import { netOf } from "./net.ts";
import { integrate } from "./sequencer.ts";
import { newestEntry, insertEntry, insertLog, listLogs, lockLog, tileReader, updateLog } from "./store.ts";
import { cosign, type Witness } from "./witness.ts";

export { ledgerMigrations } from "./migrations.ts";
export { loadLogKey } from "./key.ts";
export { networkPrefix } from "./net.ts";
export { ledgerRoutes } from "./routes.ts";
export { type AppendedLeaf, type LeafContext, type LeafDraft, type Ledger, type Proven } from "./face.ts";
export type { Witness, WitnessAnswer } from "./witness.ts";

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
  const cosignLog = coalesce((log) => cosign(sql, witness, log, () => integrateLog(log)));
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

    newest: (log, caseId, t) => newestEntry(sql.db, log, caseId, t),
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
