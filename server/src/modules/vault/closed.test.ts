import type { SignedManifest } from "@breakwater/seal";
import { createPostgres, type Sql } from "@breakwater/sql";
import { sql as raw } from "kysely";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { DeskClient, randomParts, Refused } from "../../../../testing/src/desk-client.ts";
import { findPostgres, startPostgres, type TestPostgres } from "../../../../testing/src/postgres.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

const postgresHere = findPostgres() !== null;
if (!postgresHere) console.log("There is no PostgreSQL here: a log that breaks under the server is not tried.");

/** The log's tables are taken away under the running server, as a failed disk or a wrong hand would. */
describe.runIf(postgresHere)("[vault 30] when the log is down", () => {
  let postgres: TestPostgres | null = null;
  let database: Sql;
  let server: TestServer;
  let engineer: DeskClient;
  let customer: DeskClient;
  let manifest: SignedManifest;

  beforeAll(async () => {
    postgres = await startPostgres();
    const url = postgres?.url ?? "";
    server = await startServer({ DATABASE_URL: url });
    database = await createPostgres({ url });
    const target = { url: server.url };
    const admin = await DeskClient.enrol(target, server.enrolment ?? "", {
      name: "Desk Administrator",
      email: "admin@desk.test",
      orgName: "The Desk",
    });
    engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
      name: "Support Engineer",
      email: "engineer@desk.test",
    });
    customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Administrator",
      email: "admin@customer.test",
      orgName: "Customer",
    });
    const row = await customer.openCase();
    const { file } = await customer.upload(row.case, randomParts());
    await engineer.take(row);
    manifest = await engineer.manifestOf(file);
  }, 120_000);
  afterAll(async () => {
    await database?.close();
    await server?.destroy();
    await postgres?.close();
  });

  it("no key is released, no grant is given and no file is read, to staff or customer; and then all is again", async () => {
    const grant = await engineer.grant(manifest);
    await raw`alter table ledger_entries rename to ledger_entries_gone`.execute(database.db);
    try {
      for (const asked of [
        async () => engineer.release(await engineer.prepareOpening(manifest, ["index"], grant)),
        async () => customer.release(await customer.prepareOpening(manifest, ["index"], null)),
        async () => engineer.grant(manifest),
      ]) {
        const refused = await asked().then(
          () => undefined,
          (error: unknown) => error,
        );
        expect(refused).toBeInstanceOf(Refused);
        expect(refused instanceof Refused ? refused.status : 0).toBeGreaterThanOrEqual(500);
      }
    } finally {
      await raw`alter table ledger_entries_gone rename to ledger_entries`.execute(database.db);
    }
    const opened = await engineer.open(manifest, ["index"], grant);
    expect(opened.plain.size).toBe(1);
  });
});
