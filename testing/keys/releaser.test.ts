import { appendFileSync, cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { signStatement, type SettingsBody } from "@breakwater/seal";
import { createPglite } from "@breakwater/sql";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { RunningReleaser } from "../../releaser/test/running.ts";
import { putStatement } from "../../server/src/modules/accounts/statements.ts";
import { DeskClient, randomParts, Refused, type SealedFile } from "../src/desk-client.ts";
import { startServer, type TestServer } from "../src/server.ts";

const SECRET = "the-customers-and-the-desks";
const POLICIES = join(import.meta.dirname, "../../content/policies");
const RULE = `
@id("customer-bodies-stay")
@say("This customer's own releaser gives the desk no bodies.")
forbid (principal, action == Action::"release", resource)
when { principal.kind == "staff" && context.parts.contains("responseBodies") };
`;

describe("[vault 31] a releaser that a customer runs", { timeout: 120_000 }, () => {
  let server: TestServer;
  let own: RunningReleaser;
  let address: string;
  let admin: DeskClient;
  let customer: DeskClient;
  let engineer: DeskClient;
  let before: SealedFile;
  let sealed: SealedFile;

  /** The customer's machine: its own directory, port, policies, and the pins of its invitation links. */
  const startOwn = (directory?: string): Promise<RunningReleaser> => {
    const policies = join(server.directory, "customers-policies");
    mkdirSync(policies, { recursive: true });
    for (const name of ["releaser.cedar", "releaser.cedarschema"]) cpSync(join(POLICIES, name), join(policies, name));
    appendFileSync(join(policies, "releaser.cedar"), RULE);
    return RunningReleaser.start(
      directory,
      {
        BREAKWATER_RELEASER_PINS: customer.person.identity.pins.join("."),
        BREAKWATER_RELEASER_POLICIES: policies,
        BREAKWATER_RELEASER_SECRET: SECRET,
        BREAKWATER_RELEASER_PORT: own === undefined ? "0" : new URL(own.url).port,
      },
      { settled: false },
    );
  };
  const again = async (environment: Record<string, string> = {}): Promise<void> => {
    const { directory } = server;
    await server.close();
    server = await startServer({ BREAKWATER_DATA: directory, BREAKWATER_URL: address, ...environment });
  };
  const open = async (file: SealedFile, part: "index" | "responseBodies"): Promise<string> => {
    const grant = await engineer.grant(file.manifest);
    return engineer.open(file.manifest, [part], grant).then(
      () => "opened",
      (error: unknown) => (error instanceof Refused ? `${error.code}: ${error.message}` : Promise.reject(error)),
    );
  };

  beforeAll(async () => {
    server = await startServer();
    address = server.url;
    const target = { url: address };
    admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Desk Admin", email: "admin@desk.test" });
    customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Admin",
      email: "admin@customer.test",
    });
    engineer = await DeskClient.enrol(target, await admin.invite({ for: "staff", role: "engineer" }), {
      name: "Support Engineer",
      email: "engineer@desk.test",
    });
    const row = await customer.openCase();
    before = (await customer.upload(row.case, randomParts())).sealed;
    await engineer.take(row);

    own = await startOwn();
    const sign = own.sign;
    const { directory } = server;
    await server.close();
    const body: SettingsBody = {
      v: 1,
      t: "settings",
      created: new Date().toISOString(),
      org: customer.org,
      approve: "none",
      breakGlass: false,
      releaser: sign,
      notify: [],
    };
    const sql = await createPglite({ directory: join(directory, "sql") });
    await sql.transaction(async (tx) => putStatement(tx, await signStatement(body, customer.person.sign), new Date()));
    await sql.close();
    server = await startServer({
      BREAKWATER_DATA: directory,
      BREAKWATER_URL: address,
      BREAKWATER_RELEASERS: `${sign} ${own.url} ${SECRET}`,
    });
  });
  afterAll(async () => {
    await server?.close();
    await own?.stop();
    if (server) rmSync(server.directory, { recursive: true, force: true });
    if (own) rmSync(own.directory, { recursive: true, force: true });
  });

  it("holds the second share of the customer's new cases; earlier ones stay with the desk's", async () => {
    const row = await customer.openCase();
    sealed = (await customer.upload(row.case, randomParts())).sealed;
    await engineer.take(row);
    expect(await open(sealed, "index")).toBe("opened");
    expect(await open(before, "responseBodies")).toBe("opened");
  });

  it("denies by its own policies what the desk's allow", async () => {
    expect(await open(sealed, "responseBodies")).toContain("This customer's own releaser gives the desk no bodies.");
  });

  it("opens nothing while it is stopped, and a desk that forgets its address opens nothing either", async () => {
    const { directory } = own;
    await own.stop();
    expect(await open(sealed, "index")).toMatch(/^releaser.unavailable/);
    expect(await open(before, "index")).toBe("opened");
    await again();
    expect(await open(sealed, "index")).toMatch(/^releaser.unavailable/);
    own = await startOwn(directory);
    await again({ BREAKWATER_RELEASERS: `${own.sign} ${own.url} ${SECRET}` });
    expect(await open(sealed, "index")).toBe("opened");
  });

  it("serves the desk and customer that its operator named, and nobody who lacks the secret", async () => {
    expect((await fetch(`${own.url}/v1/identity`)).status).toBe(401);
    await again({ BREAKWATER_RELEASERS: `${own.sign} ${own.url} another-secret` });
    expect(await open(sealed, "index")).not.toBe("opened");
  });
});
