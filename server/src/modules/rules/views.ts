import type { schemas } from "@breakwater/contract";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import { readSets, type StoredSet } from "../policy/index.ts";
import type { RulesDeps } from "./index.ts";

type View = z.output<typeof schemas.PolicyView>;
type Row = View["sets"][number];

/** The rules that hold, as text and as sentences, and every change of them, newest first. */
export async function rulesView({ sql, policy, accounts, now }: RulesDeps, session: Session): Promise<View> {
  const holding = policy.sets.at(now());
  const sets = await readSets(sql.db);
  const users = sets.flatMap((set) => [set.proposed_by, set.approved_by, set.withdrawn_by]);
  const people = await accounts.peopleOf([...new Set(users.filter((user) => user !== null))]);
  const names = new Map(people.map(({ user, name }) => [user, name]));
  const by = (user: string | null, at: Date | null) =>
    user === null || at === null ? null : { user, name: names.get(user) ?? user, at: at.toISOString() };
  const rowOf = (set: StoredSet): Row => ({
    id: set.id,
    hash: set.hash,
    base: set.base,
    text: set.text,
    why: set.why,
    loosens: set.loosens,
    proposed: {
      user: set.proposed_by,
      name: names.get(set.proposed_by) ?? set.proposed_by,
      at: set.proposed.toISOString(),
    },
    approved: by(set.approved_by, set.approved),
    withdrawn: by(set.withdrawn_by, set.withdrawn),
    effective: set.effective?.toISOString() ?? null,
    state: stateOf(set, holding.hash, now()),
    mayApprove: set.approved === null && set.withdrawn === null && set.proposed_by !== session.user,
  });
  return {
    hash: holding.hash,
    text: holding.text,
    zero: { ...policy.sets.zero },
    rules: [...holding.rules].map(([id, { effect, say, help }]) => ({ id, effect, say, help: help ?? null })),
    sets: sets.map(rowOf),
  };
}

function stateOf(set: StoredSet, holding: string, now: number): Row["state"] {
  if (set.withdrawn !== null) return "withdrawn";
  if (set.effective === null) return "proposed";
  if (set.effective.getTime() > now) return "cooling";
  return set.hash === holding ? "holds" : "replaced";
}
