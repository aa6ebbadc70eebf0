import type { schemas } from "@breakwater/contract";
import { mayDo } from "@breakwater/contract";
import { isDuplicate } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { CasesDeps } from "./face.ts";
import { tables } from "./store.ts";

type CaseQueue = z.output<typeof schemas.CaseQueue>;
const MOST_OWN = 30;
const MOST_SHARED = 50;

/** One's own kept queues, and those that the desk's leads share with its staff. */
export async function queues({ sql }: CasesDeps, { user, orgKind }: Session): Promise<CaseQueue[]> {
  const rows = await tables(sql.db)
    .selectFrom("case_views")
    .selectAll()
    .where((where) =>
      orgKind === "desk"
        ? where.or([where("owner", "=", user), where("shared", "=", true)])
        : where("owner", "=", user),
    )
    .orderBy("name")
    .limit(MOST_OWN + MOST_SHARED)
    .execute();
  return rows.map(({ view_id, owner, name, query, shared }) => ({
    view: view_id,
    name,
    query,
    shared,
    own: owner === user,
  }));
}

export async function keepQueue(
  { sql, now }: CasesDeps,
  session: Session,
  { view, name, query, shared }: z.output<typeof schemas.NewCaseQueue>,
): Promise<void> {
  if (shared && !mayDo("shareViews", session))
    throw new Problem("who.notAllowed", "Only leads and administrators of the desk share a view.");
  const count = await tables(sql.db)
    .selectFrom("case_views")
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .where(shared ? "shared" : "owner", "=", shared ? true : session.user)
    .executeTakeFirstOrThrow();
  if (Number(count.count) >= (shared ? MOST_SHARED : MOST_OWN))
    throw new Problem("request.conflict", "There are too many kept views. Remove one first.");
  try {
    await tables(sql.db)
      .insertInto("case_views")
      .values({ view_id: view, owner: session.user, name, query, shared, created: new Date(now()) })
      .execute();
  } catch (error) {
    if (isDuplicate(error)) throw new Problem("request.conflict", "There is a view with this id already.");
    throw error;
  }
}

/** One's own; a shared one also by whoever may share. That it is gone already is fine. */
export async function dropQueue({ sql }: CasesDeps, session: Session, view: string): Promise<void> {
  await tables(sql.db)
    .deleteFrom("case_views")
    .where("view_id", "=", view)
    .where((where) =>
      mayDo("shareViews", session)
        ? where.or([where("owner", "=", session.user), where("shared", "=", true)])
        : where("owner", "=", session.user),
    )
    .execute();
}
