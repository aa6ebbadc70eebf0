import type { schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import type { z } from "zod";
import type { Session } from "../../session.ts";
import type { PersonFacts } from "./face.ts";
import { tables } from "./tables.ts";

export interface PeopleDeps {
  readonly sql: Sql;
  readonly caseCounts: () => Promise<ReadonlyMap<string, number>>;
}

/** Who is here, for those who may ask. */
export function createPeople({ sql, caseCounts }: PeopleDeps) {
  return {
    /** One's own organisation; the desk's staff also see their customers' people. */
    async people(session: Session): Promise<PersonFacts[]> {
      const query = personQuery(sql).orderBy("users.created").limit(10_000);
      return (await (session.orgKind === "desk" ? query : query.where("users.org", "=", session.org)).execute()).map(
        personFacts,
      );
    },

    async customers(): Promise<z.output<typeof schemas.Customer>[]> {
      const rows = await tables(sql.db)
        .selectFrom("orgs")
        .leftJoin("users", "users.org", "orgs.org")
        .select((select) => [
          "orgs.org",
          "orgs.name",
          "orgs.created",
          select.fn.count<number>("users.user_id").as("people"),
        ])
        .where("kind", "=", "customer")
        .groupBy(["orgs.org", "orgs.name", "orgs.created"])
        .orderBy("orgs.name")
        .execute();
      const cases = await caseCounts();
      return rows.map(({ org, name, created, people }) => ({
        org,
        name,
        created: created.toISOString(),
        people,
        cases: cases.get(org) ?? 0,
      }));
    },
  };
}

export function personQuery(sql: Sql) {
  return tables(sql.db)
    .selectFrom("users")
    .innerJoin("orgs", "orgs.org", "users.org")
    .select([
      "users.user_id",
      "users.name",
      "users.email",
      "users.role",
      "users.org",
      "users.standing",
      "users.vendor",
      "users.created",
      "orgs.kind",
    ]);
}

type PersonRow = Awaited<ReturnType<ReturnType<typeof personQuery>["executeTakeFirstOrThrow"]>>;

export function personFacts({
  user_id,
  kind,
  name,
  email,
  role,
  org,
  standing,
  vendor,
  created,
}: PersonRow): PersonFacts {
  return {
    user: user_id,
    name,
    email,
    role,
    org,
    orgKind: kind,
    standing,
    vendor,
    suspended: standing !== "active",
    created,
  };
}
