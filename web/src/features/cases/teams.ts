import { z } from "zod";
import type { StatementRow } from "../../api/index.ts";

const Team = z.object({ t: z.literal("team"), org: z.string(), team: z.string(), name: z.string(), epoch: z.number() });

/** The teams of an organisation by their newest names, for lists. What is sealed to a team is the engine's to check. */
export function teamsOf(
  statements: readonly StatementRow[],
  org: string,
): readonly { readonly team: string; readonly name: string }[] {
  const newest = new Map<string, z.output<typeof Team>>();
  for (const { body } of statements) {
    const read = Team.safeParse(body);
    if (!read.success || read.data.org !== org) continue;
    const known = newest.get(read.data.team);
    if (!known || known.epoch < read.data.epoch) newest.set(read.data.team, read.data);
  }
  return [...newest.values()]
    .map(({ team, name }) => ({ team, name }))
    .toSorted((one, other) => one.name.localeCompare(other.name));
}
