import type { InventoryCollector } from "./inventory.ts";
import { canonical, Pseudonyms } from "./key.ts";

/** Shorter pieces of a credential say nothing about it. */
const PIECE = /[A-Za-z0-9_-]{8,}/g;
const MAX_PIECES = 64;

/**
 * Stand-ins, under the key of the run, of every credential that may still open a session, and of the pieces that each is
 * made of: what a caller must not let anybody keep readable.
 */
export function liveStandIns(collector: InventoryCollector, key: Uint8Array, now: Date): ReadonlySet<string> {
  const pseudonyms = new Pseudonyms(key);
  const { items } = collector.inventory(now);
  const out = new Set<string>();
  try {
    for (const [at, { value }] of collector.held().credentials.entries()) {
      const item = items[at];
      if (item === undefined || !item.session || item.live === "expired") continue;
      out.add(pseudonyms.of(value));
      for (const piece of (canonical(value).match(PIECE) ?? []).slice(0, MAX_PIECES)) out.add(pseudonyms.of(piece));
    }
    return out;
  } finally {
    pseudonyms.close();
  }
}
