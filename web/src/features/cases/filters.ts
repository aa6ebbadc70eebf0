import { schemas } from "@breakwater/contract";
import { z } from "zod";
import { STATES } from "./names.ts";

const { PRIORITIES, CASE_TYPES, SENSITIVITIES, CASE_SORTS } = schemas;
const id = (prefix: string) => z.string().regex(new RegExp(`^${prefix}_[a-z2-7]{26}$`));

/** What a queue's address says. Whatever does not fit is left out, so that an old link still opens a queue. */
export const CasesSearch = z.object({
  state: z
    .enum(["active", "all", ...STATES])
    .optional()
    .catch(undefined),
  priority: z.enum(PRIORITIES).optional().catch(undefined),
  type: z.enum(CASE_TYPES).optional().catch(undefined),
  sensitivity: z.enum(SENSITIVITIES).optional().catch(undefined),
  mine: z.boolean().optional().catch(undefined),
  unread: z.boolean().optional().catch(undefined),
  org: id("org").optional().catch(undefined),
  team: id("tea").optional().catch(undefined),
  assignee: z
    .union([id("usr"), z.literal("none")])
    .optional()
    .catch(undefined),
  tag: schemas.Tag.optional().catch(undefined),
  /** Waiting for the desk for at least so many hours. */
  waiting: z.int().min(1).max(9999).optional().catch(undefined),
  q: z.string().max(100).optional().catch(undefined),
  sort: z.enum(CASE_SORTS).optional().catch(undefined),
});
export type CasesSearch = z.output<typeof CasesSearch>;

const HOUR_MS = 3_600_000;
/** Steps of the clock, so that a queue does not ask anew with every moment that passes. */
const STEP_MS = 300_000;

/** The same as the server's query (GET /v1/cases). */
export function queryOf(search: CasesSearch, now: number): Readonly<Record<string, string | undefined>> {
  const {
    state = "active",
    priority,
    type,
    sensitivity,
    mine,
    unread,
    org,
    team,
    assignee,
    tag,
    waiting,
    q,
    sort,
  } = search;
  const since = waiting === undefined ? undefined : Math.floor((now - waiting * HOUR_MS) / STEP_MS) * STEP_MS;
  return {
    state: state === "all" ? undefined : state,
    priority,
    type,
    sensitivity,
    mine: mine ? "true" : undefined,
    unread: unread ? "true" : undefined,
    org,
    team,
    assignee,
    tag,
    waiting: since === undefined ? undefined : new Date(since).toISOString(),
    q: q?.trim() === "" ? undefined : q,
    sort,
    // Who waits longest comes first.
    order: sort === "waiting" ? "asc" : undefined,
  };
}

/** How many filters narrow the queue, besides its state and order. */
export function narrowing({ sort: _sort, state, q, ...rest }: CasesSearch): number {
  const others = Object.values(rest).filter((value) => value !== undefined && value !== false).length;
  return others + (state === undefined || state === "active" ? 0 : 1) + (q ? 1 : 0);
}
