import type { Retention } from "@breakwater/seal";
import type { LifeDeps } from "./face.ts";
import type { Orders } from "./orders.ts";

const DAY_MS = 86_400_000;
/** Cases of one sweep: the rest waits for the next. */
const MOST = 100;

/** Shreds closed cases whose time is over; what is held is left alone. Each is a leaf of its own. */
export async function sweepRetention(deps: LifeDeps, orders: Orders): Promise<number> {
  const { accounts, cases, vault, now, report } = deps;
  let swept = 0;
  for (const { case_id: caseId, org, type, since } of await cases.closedCases()) {
    if (swept === MOST) break;
    const days = await daysFor(accounts, org, type);
    if (days === undefined || since.getTime() + days * DAY_MS > now()) continue;
    const actor = { id: "server", kind: "server" } as const;
    await orders
      .give(
        undefined,
        { v: 1, t: "key.shred", org, case: caseId, actor, what: `retention:${days}` },
        { case: caseId },
        async (tx, locked) => {
          if (locked.shredded !== null || locked.state !== "closed" || locked.held) throw new Unswept();
          if ((await vault.heldFiles(tx, caseId)).length > 0) throw new Unswept();
          await cases.markShredded(tx, caseId);
          swept++;
        },
      )
      .catch((error: unknown) => {
        if (!(error instanceof Unswept)) report(error);
      });
  }
  return swept;
}

/** The case changed or is held: nothing is written. */
class Unswept extends Error {}

/** The shorter of the desk's days and the customer's own; undefined keeps for ever. */
async function daysFor(accounts: LifeDeps["accounts"], org: string, type: string): Promise<number | undefined> {
  const trust = await accounts.trust(org);
  const days = [trust.settings(org), trust.settings(trust.desk.id)]
    .map((settings) => settings?.retention?.[type as keyof Retention])
    .filter((one) => one !== undefined);
  return days.length === 0 ? undefined : Math.min(...days);
}
