import type { Sql } from "@breakwater/sql";
import { sql as raw } from "kysely";
import { tables } from "./tables.ts";

/** More would make a search slow, and its words are not worth much then. */
const MOST = 50;

/** Organisations and people whose name holds these words, whatever the case of their letters. */
export async function findNames(
  { db }: Sql,
  text: string,
): Promise<{ readonly orgs: readonly string[]; readonly users: readonly string[] }> {
  const pattern = `%${text.replace(/[\\%_]/g, "\\$&")}%`;
  const [orgs, users] = await Promise.all([
    tables(db)
      .selectFrom("orgs")
      .select("org as id")
      .where(raw<boolean>`name ilike ${pattern}`)
      .limit(MOST)
      .execute(),
    tables(db)
      .selectFrom("users")
      .select("user_id as id")
      .where(raw<boolean>`name ilike ${pattern}`)
      .limit(MOST)
      .execute(),
  ]);
  return { orgs: orgs.map(({ id }) => id), users: users.map(({ id }) => id) };
}
