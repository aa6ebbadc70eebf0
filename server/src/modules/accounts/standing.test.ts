import { PATHS, type schemas } from "@breakwater/contract";
import { signAct, signStatement, statementHash, type SignedGrant, type SignedManifest } from "@breakwater/seal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { z } from "zod";
import { DeskClient, randomParts, Refused } from "../../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: DeskClient;
let other: DeskClient;
let customer: DeskClient;
let manifest: SignedManifest;

const who = (role: string) => ({ name: `Desk ${role}`, email: `${role}-${Math.random()}@desk.test` });
const hire = async (role: "admin" | "engineer" | "lead") =>
  DeskClient.enrol(server, await admin.invite({ for: "staff", role }), who(role));

beforeAll(async () => {
  server = await startServer();
  admin = await DeskClient.enrol(server, server.enrolment ?? "", who("Administrator"));
  other = await hire("admin");
  customer = await DeskClient.enrol(server, await admin.invite({ for: "customer", role: "admin" }), {
    name: "Customer Administrator",
    email: "admin@customer.test",
  });
  const row = await customer.openCase();
  ({
    sealed: { manifest },
  } = await customer.upload(row.case, randomParts()));
}, 120_000);
afterAll(() => server.destroy());

const codeOf = (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "done",
    (error: unknown) => {
      if (error instanceof Refused) return error.code;
      throw error;
    },
  );
const me = (person: DeskClient): Promise<string> => codeOf(person.browser.call("GET", "me"));

/** Somebody at work: assigned, with a live grant, and following the news. */
async function atWork() {
  const engineer = await hire("engineer");
  const { case: row } = await customer.view(manifest.manifest.case);
  await engineer.take(row);
  const grant = await engineer.grant(manifest);
  await engineer.open(manifest, ["index"], grant);
  const stream = await engineer.browser.send("GET", PATHS.events);
  const silent = readToEnd(stream);
  return { engineer, grant, silent };
}
async function readToEnd(stream: Response): Promise<"ended"> {
  // A stream that the server breaks off is over too.
  for await (const _ of stream.body ?? []) continue;
  return "ended";
}

const opens = (engineer: DeskClient, grant: SignedGrant): Promise<string> =>
  codeOf(engineer.open(manifest, ["index"], grant));

describe("standing.change", () => {
  it("[vault 42] [vault 14] ends sessions, streams and live grants of whoever is suspended, within a second", async () => {
    const { engineer, grant, silent } = await atWork();
    const began = performance.now();
    expect(await admin.setStanding("user", engineer.user, "suspended")).toEqual({ told: true });
    expect(await silent).toBe("ended");
    expect(await me(engineer)).toMatch(/^session\./);
    expect(await opens(engineer, grant)).toMatch(/^session\./);
    // The acceptance list says one second.
    expect(performance.now() - began).toBeLessThan(1000);

    expect(await admin.setStanding("user", engineer.user, "active")).toEqual({ told: true });
    // The old session stays ended: whoever comes back signs in again.
    expect(await me(engineer)).toBe("session.expired");
  });

  it("[vault 14] removes for good, with a leaf that names the statement", async () => {
    const { engineer } = await atWork();
    await admin.setStanding("user", engineer.user, "revoked");
    expect(await codeOf(admin.setStanding("user", engineer.user, "active"))).toBe("request.conflict");
    const { people } = await admin.browser.call<z.output<typeof schemas.People>>("GET", "people");
    expect(people.find(({ user }) => user === engineer.user)?.standing).toBe("revoked");
    const { statements } = await admin.browser.call<z.output<typeof schemas.Trust>>("GET", "trust");
    const trust = await admin.trust(statements);
    expect(trust.mayAct(engineer.user, engineer.person.dev)).toBe(false);
    expect(trust.device(engineer.person.dev)?.person.user).toBe(engineer.user);
  });

  it("refuses everybody but administrators of the same organisation, and themselves", async () => {
    const { engineer } = await atWork();
    expect(await codeOf(engineer.setStanding("user", other.user, "suspended"))).toBe("who.notAllowed");
    expect(await codeOf(customer.setStanding("user", engineer.user, "suspended"))).toBe("request.notFound");
    expect(await codeOf(admin.setStanding("user", customer.user, "suspended"))).toBe("request.notFound");
    expect(await codeOf(admin.setStanding("user", admin.user, "suspended"))).toBe("request.conflict");
    expect(await me(engineer)).toBe("done");
  });

  it("refuses statements of another time, of another signer, and acts about another statement", async () => {
    const { engineer } = await atWork();
    const send = async (of: { readonly created?: number; readonly by?: DeskClient; readonly what?: string }) => {
      const created = new Date(of.created ?? Date.now()).toISOString();
      const { org, user } = { org: admin.org, user: engineer.user };
      const statement = await signStatement(
        { v: 1, t: "standing", created, org, of: "user", id: user, state: "suspended", why: "" },
        (of.by ?? admin).person.sign,
      );
      const act = await signAct(
        {
          v: 1,
          t: "key.revoke",
          at: new Date().toISOString(),
          org,
          actor: { id: admin.user, kind: "staff", dev: admin.person.dev },
          what: of.what ?? statementHash(statement),
        },
        admin.browser.device,
      );
      return codeOf(admin.browser.call("POST", "standing", { json: { statement, act } }));
    };
    expect(await send({ created: Date.now() - 120_000 })).toBe("statement.untrusted");
    expect(await send({ by: engineer })).toBe("statement.untrusted");
    expect(await send({ what: "something" })).toBe("act.invalid");
    expect(await me(engineer)).toBe("done");
    expect(await send({})).toBe("done");
  });
});

describe("standing.role", () => {
  it("changes what somebody may at once, and nobody changes their own", async () => {
    const { engineer } = await atWork();
    expect(await codeOf(engineer.invite({ for: "customer", role: "admin" }))).toBe("who.notAllowed");
    await admin.setRole(engineer.user, "admin");
    expect(await codeOf(engineer.invite({ for: "customer", role: "admin" }))).toBe("done");
    expect(await codeOf(engineer.setRole(engineer.user, "lead"))).toBe("request.conflict");
    expect(await codeOf(admin.setRole(engineer.user, "member"))).toBe("statement.untrusted");
    await other.setRole(engineer.user, "auditor");
    expect(await codeOf(engineer.invite({ for: "customer", role: "admin" }))).toBe("who.notAllowed");
  });
});

type SessionRow = z.output<typeof schemas.SessionRow>;
const sessionsOf = async (asker: DeskClient, query = ""): Promise<readonly SessionRow[]> =>
  (await asker.browser.call<{ sessions: SessionRow[] }>("GET", "sessions", { query })).sessions;

describe("sessions", () => {
  it("shows one's own, and an administrator everybody's of the organisation", async () => {
    const { engineer } = await atWork();
    expect(await sessionsOf(engineer)).toMatchObject([{ user: engineer.user, current: true, method: "passphrase" }]);
    expect(await codeOf(sessionsOf(engineer, "?all=true"))).toBe("who.notAllowed");
    expect(await codeOf(sessionsOf(engineer, `?user=${admin.user}`))).toBe("who.notAllowed");
    const all = await sessionsOf(admin, "?all=true");
    expect(all.some(({ user }) => user === engineer.user)).toBe(true);
    expect(all.some(({ user }) => user === customer.user)).toBe(false);
  });

  it("[vault 42] ends one session, or all of a person's, within a second and with the streams", async () => {
    const { engineer, silent } = await atWork();
    const [row] = await sessionsOf(admin, `?user=${engineer.user}`);
    const params = { session: row?.session ?? "" };
    expect(await codeOf(customer.browser.call("DELETE", "sessionOther", { params }))).toBe("request.notFound");
    const began = performance.now();
    await admin.browser.call("DELETE", "sessionOther", { params });
    expect(await silent).toBe("ended");
    expect(await me(engineer)).toBe("session.expired");
    expect(performance.now() - began).toBeLessThan(1000);
    const second = await atWork();
    expect(await codeOf(second.engineer.browser.call("DELETE", "sessions", { query: `?user=${admin.user}` }))).toBe(
      "who.notAllowed",
    );
    expect(await admin.browser.call("DELETE", "sessions", { query: `?user=${second.engineer.user}` })).toEqual({
      ended: 1,
    });
    expect(await second.silent).toBe("ended");
    // One's own others: this one stays.
    expect(await admin.browser.call("DELETE", "sessions")).toEqual({ ended: 0 });
    expect(await me(admin)).toBe("done");
  });
});

describe("devices", () => {
  it("are named, and revoked by their person or an administrator", async () => {
    const { engineer } = await atWork();
    const list = async (asker: DeskClient, query = "") =>
      (await asker.browser.call<z.output<typeof schemas.Devices>>("GET", "devices", { query })).devices;
    const params = { device: engineer.person.dev };
    await engineer.browser.call("PUT", "deviceOne", { params, json: { name: "Laptop" } });
    expect(await list(engineer)).toMatchObject([
      { device: engineer.person.dev, name: "Laptop", standing: "active", current: true },
    ]);
    expect(await codeOf(customer.browser.call("PUT", "deviceOne", { params, json: { name: "Mine" } }))).toBe(
      "request.notFound",
    );
    await admin.setStanding("device", engineer.person.dev, "revoked");
    expect(await list(admin, `?user=${engineer.user}`)).toMatchObject([{ standing: "revoked" }]);
    expect(await me(engineer)).toMatch(/^session\./);
    expect(await codeOf(admin.setStanding("device", engineer.person.dev, "active"))).toBe("request.conflict");
  });
});
