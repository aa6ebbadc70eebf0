import { leafHash } from "@breakwater/ledger";
import type { Sql } from "@breakwater/sql";
import { canonicalize, domainHash, isId, toBase64url, utf8 } from "@breakwater/wire";
import { GLOBAL_LOG, type Ledger } from "./face.ts";
import { insertEntry, listLogs, lockLog, updateLog } from "./store.ts";

const HEARTBEAT_MS = 5 * 60_000;

/** A leaf every five minutes in each organisation's log: a log that was cut off is silent, and silence is visible. */
export async function beatAll(sql: Sql, ledger: Ledger, now: () => number): Promise<void> {
  for (const { log, beat } of await listLogs(sql.db)) {
    if (!isId("org", log) || now() - beat.getTime() < HEARTBEAT_MS) continue;
    await sql.transaction(async (tx) => {
      await ledger.append(tx, { v: 1, t: "log.heartbeat", org: log, actor: { id: "server", kind: "server" } });
      await updateLog(tx, log, { beat: new Date(now()) });
    });
  }
}

/** What a leaf of the global log is the hash of, besides the origin, and where it is there. */
export interface Announced {
  readonly index: number;
  readonly size: number;
  readonly root: string;
  readonly ts: string;
}

export function readAnnounced(text: string | null): Announced | null {
  // Written by `announce` and by nobody else.
  return text === null ? null : (JSON.parse(text) as Announced);
}

/** A leaf in the global log for each checkpoint that is newer than the one announced last (docs/protocol.md section 5). */
export async function announce(sql: Sql, ledger: Ledger, now: () => number): Promise<void> {
  for (const { log, size, announced_size } of await listLogs(sql.db)) {
    if (log === GLOBAL_LOG || size <= announced_size) continue;
    const { origin, size: signedSize, root } = await ledger.integrate(log);
    const ts = new Date(now()).toISOString();
    const entry = domainHash("global", utf8(canonicalize({ origin, size: signedSize, root: toBase64url(root), ts })));
    await sql.transaction(async (tx) => {
      const global = await lockLog(tx, GLOBAL_LOG);
      await insertEntry(tx, {
        log: GLOBAL_LOG,
        idx: global.size,
        leaf_hash: leafHash(entry),
        entry,
        t: "checkpoint",
        case_id: null,
        file_id: null,
      });
      await updateLog(tx, GLOBAL_LOG, { size: global.size + 1 });
      const announced: Announced = { index: global.size, size: signedSize, root: toBase64url(root), ts };
      await updateLog(tx, log, { announced_size: signedSize, announced: JSON.stringify(announced) });
    });
  }
}
