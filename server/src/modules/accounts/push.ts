import type { Statement, StatementType } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import { findStatements } from "./statements.ts";
import { tables } from "./tables.ts";

export interface PushDeps {
  readonly sql: Sql;
  readonly releaser: { standing(statements: readonly Statement[]): Promise<void> };
  readonly report: (error: unknown) => void;
}
/** Takes every standing to the releaser: at the start, at once after each new one, and again until it has them (protocol 10). */
export interface Push {
  start(): Promise<void>;
  /** True when the releaser has everything about this organisation. Never rejects: what fails is tried again. */
  tell(org: string): Promise<boolean>;
  close(): void;
}

const AGAIN_MS = 2_000;
const CHAIN: ReadonlySet<StatementType> = new Set([
  "org.root",
  "desk.keys",
  "invite",
  "bundle",
  "device",
  "role",
  "vendor",
  "service",
  "standing",
  "settings",
]);

export function createPush({ sql, releaser, report }: PushDeps): Push {
  const waiting = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const send = async (org: string): Promise<void> => {
    const desk = await tables(sql.db).selectFrom("orgs").select("org").where("kind", "=", "desk").executeTakeFirst();
    const statements = await findStatements(sql.db, { orgs: [...(desk ? [desk.org] : []), org] });
    await releaser.standing(statements.filter(({ body }) => CHAIN.has(body.t)));
  };

  const tell = async (org: string): Promise<boolean> => {
    waiting.add(org);
    try {
      await send(org);
      waiting.delete(org);
      return true;
    } catch (error) {
      report(error);
      again();
      return false;
    }
  };

  const again = (): void => {
    if (closed || timer !== undefined) return;
    timer = setTimeout(() => {
      timer = undefined;
      void Promise.all([...waiting].map(tell));
    }, AGAIN_MS);
  };

  return {
    tell,
    async start() {
      const rows = await tables(sql.db)
        .selectFrom("statements")
        .select("org")
        .distinct()
        .where("t", "=", "standing")
        .execute();
      // One after the other: a releaser that was restored from a backup learns everything again, without a flood.
      for (const { org } of rows) if (!closed) await tell(org);
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
