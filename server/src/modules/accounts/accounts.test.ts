import { PATHS, path } from "@breakwater/contract";
import { openTrust, publicJwk, signStatement } from "@breakwater/seal";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, enrol, invite, type TestPerson } from "../../../../testing/src/client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: TestPerson;
let engineer: TestPerson;
let customer: TestPerson;
let member: TestPerson;

beforeAll(async () => {
  server = await startServer();
  const link = server.enrolment ?? "";
  await expect(
    enrol(link, { tamper: (body) => ({ ...body, statements: (body["statements"] as unknown[]).slice(1) }) }),
  ).rejects.toThrow("statement.untrusted");
  await expect(
    enrol(link, { tamper: (body) => ({ ...body, act: { ...(body["act"] as object), org: newId("org") } }) }),
  ).rejects.toThrow("act.invalid");
  admin = await enrol(link, { orgName: "The Desk", name: "Admin", email: "Admin@desk.test" });
  engineer = await enrol(await invite(admin, { for: "staff", role: "engineer" }), {
    passphrase: true,
    email: "eng@desk.test",
  });
  customer = await enrol(await invite(admin, { for: "customer", role: "admin" }), { orgName: "A Customer" });
  member = await enrol(await invite(customer, { for: "member", role: "member" }));
}, 120_000);
afterAll(() => server.destroy());

async function signIn(
  person: TestPerson,
  client: Client,
): Promise<{ readonly status: number; readonly body: { readonly code?: string; readonly deviceKnown?: boolean } }> {
  const device = await publicJwk(client.key);
  if (person.passphraseToken !== null) {
    return client.call("POST", PATHS.passphraseFinish, { email: person.email, token: person.passphraseToken, device });
  }
  const { body } = await client.call("POST", PATHS.passkeyStart, {});
  const response = person.authenticator.get({ rpId: body.rpId, origin: client.base, challenge: body.challenge });
  return client.call("POST", PATHS.passkeyFinish, { response, device });
}

describe("enrolment", () => {
  it("makes the desk once: its link is spent, whoever has it", async () => {
    await expect(enrol(server.enrolment ?? "")).rejects.toThrow("desk.exists");
    expect((await admin.client.call("GET", PATHS.status)).body).toMatchObject({ enrolled: true, desk: "The Desk" });
  });

  it("gives each person their organisation, role and session", async () => {
    const me = async (person: TestPerson) => (await person.client.call("GET", PATHS.me)).body;
    expect(await me(admin)).toMatchObject({
      name: "Admin",
      email: "Admin@desk.test",
      role: "admin",
      org: { kind: "desk", name: "The Desk" },
      device: admin.dev,
    });
    expect(await me(engineer)).toMatchObject({ role: "engineer", org: { id: admin.org, kind: "desk" } });
    expect(await me(customer)).toMatchObject({ role: "admin", org: { kind: "customer", name: "A Customer" } });
    expect(await me(member)).toMatchObject({ role: "member", org: { id: customer.org } });
  });

  it("uses an invitation once, also when two use it at the same moment", async () => {
    const link = await invite(admin, { for: "staff", role: "engineer" });
    const results = await Promise.allSettled([enrol(link), enrol(link)]);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(enrol(link)).rejects.toThrow("invite.used");
  });

  it("refuses an e-mail address that is taken, in any case of letters", async () => {
    const link = await invite(admin, { for: "staff", role: "engineer" });
    await expect(enrol(link, { email: "admin@DESK.test" })).rejects.toThrow("request.conflict");
    await enrol(link);
  });

  it("refuses a bundle that takes a higher role than its invitation gives", async () => {
    const link = await invite(admin, { for: "staff", role: "engineer" });
    const raise = (body: Record<string, unknown>): Record<string, unknown> => ({
      ...body,
      statements: (body["statements"] as { body: { t: string } }[]).map((one) =>
        one.body.t === "bundle" ? { ...one, body: { ...one.body, role: "admin" } } : one,
      ),
    });
    await expect(enrol(link, { tamper: raise })).rejects.toThrow("statement.untrusted");
  });

  it("ends an invitation after seven days and when it is withdrawn", async () => {
    const link = await invite(admin, { for: "customer", role: "admin" });
    const { body } = await admin.client.call("GET", PATHS.invites);
    const open = body.invites.find(({ usedBy }: { usedBy: string | null }) => usedBy === null);
    expect((await admin.client.call("DELETE", path("invite", { invite: open.id }))).status).toBe(200);
    await expect(enrol(link)).rejects.toThrow("invite.unknown");
  });
});

describe("invitations", () => {
  it("may be made by administrators for their own side only", async () => {
    await expect(invite(engineer, { for: "staff", role: "engineer" })).rejects.toThrow("who.notAllowed");
    await expect(invite(member, { for: "member", role: "member" })).rejects.toThrow("who.notAllowed");
    await expect(invite(customer, { for: "staff", role: "admin" })).rejects.toThrow("who.notAllowed");
    await expect(invite(customer, { for: "customer", role: "admin" })).rejects.toThrow("who.notAllowed");
    await expect(invite({ ...admin, org: customer.org }, { for: "staff", role: "admin" })).rejects.toThrow(
      /request.invalid|act.invalid/,
    );
  });

  it("must be signed by the inviter's own key", async () => {
    await expect(invite({ ...admin, sign: engineer.sign }, { for: "staff", role: "admin" })).rejects.toThrow(
      "statement.untrusted",
    );
  });
});

describe("trust statements", () => {
  it("chain for each reader, and customers see no other customer", async () => {
    const other = await enrol(await invite(admin, { for: "customer", role: "admin" }), { orgName: "Another" });
    const mine = (await member.client.call("GET", PATHS.trust)).body.statements;
    const trust = await openTrust(mine, [...member.pins], Date.now());
    expect(trust.person(customer.user)?.role).toBe("admin");
    expect(trust.person(engineer.user)?.org).toBe(admin.org);
    expect(trust.device(member.dev)?.person.user).toBe(member.user);
    expect(trust.org(other.org)).toBeUndefined();
    expect(JSON.stringify(mine)).not.toContain(other.org);
    const all = await openTrust(
      (await engineer.client.call("GET", PATHS.trust)).body.statements,
      [...engineer.pins],
      Date.now(),
    );
    expect(all.person(admin.user)?.org).toBe(admin.org);
    // Staff get a customer's with its cases, and not everybody's with everything.
    expect(all.person(other.user)).toBeUndefined();
  });

  it("people() shows customers their own organisation only", async () => {
    const { body } = await member.client.call("GET", PATHS.people);
    expect(new Set(body.people.map(({ org }: { org: string }) => org))).toEqual(new Set([customer.org]));
    expect((await member.client.call("GET", PATHS.customers)).body.code).toBe("who.notAllowed");
    const { body: customers } = await engineer.client.call("GET", PATHS.customers);
    expect(customers.customers.find(({ org }: { org: string }) => org === customer.org)).toMatchObject({
      people: 2,
      cases: 0,
    });
  });
});

describe("signing in", () => {
  it.each(["passkey", "passphrase"])(
    "by %s works on a known and on a new device, which its person then binds",
    async (way) => {
      const person = way === "passkey" ? customer : engineer;
      const known = await Client.create(server.url);
      known.key = person.client.key;
      expect(await signIn(person, known)).toMatchObject({
        status: 200,
        body: { user: person.user, deviceKnown: true },
      });
      const fresh = await Client.create(server.url);
      expect(await signIn(person, fresh)).toMatchObject({ status: 200, body: { deviceKnown: false } });
      expect((await fresh.call("GET", PATHS.me)).body.device).toBeNull();
      const dev = newId("device");
      const statement = await signStatement(
        {
          v: 1,
          t: "device",
          created: new Date().toISOString(),
          user: person.user,
          dev,
          jwk: await publicJwk(fresh.key),
        },
        person.sign,
      );
      const { signAct } = await import("@breakwater/seal");
      const act = await signAct(
        {
          v: 1,
          t: "key.bind",
          at: new Date().toISOString(),
          org: person.org,
          actor: { id: person.user, kind: person.kind, dev },
        },
        fresh.key,
      );
      expect(
        (
          await fresh.call("POST", PATHS.me, {
            statement: { ...statement, body: { ...statement.body, dev: newId("device") } },
            act,
          })
        ).body.code,
      ).toBe("statement.untrusted");
      expect(await fresh.call("POST", PATHS.me, { statement, act })).toMatchObject({ status: 200 });
      expect((await fresh.call("GET", PATHS.me)).body.device).toBe(dev);
    },
  );

  it("refuses a passkey answer to another challenge, and one challenge twice", async () => {
    const client = await Client.create(server.url);
    const device = await publicJwk(client.key);
    const { body } = await client.call("POST", PATHS.passkeyStart, {});
    const response = customer.authenticator.get({ rpId: "localhost", origin: server.url, challenge: body.challenge });
    const foreign = customer.authenticator.get({ rpId: "localhost", origin: server.url, challenge: "AAAA" });
    expect((await client.call("POST", PATHS.passkeyFinish, { response: foreign, device })).body.code).toBe(
      "session.refused",
    );
    expect((await client.call("POST", PATHS.passkeyFinish, { response, device })).status).toBe(200);
    expect((await client.call("POST", PATHS.passkeyFinish, { response, device })).body.code).toBe("session.refused");
  });

  it("says the same about a wrong passphrase and an unknown address, and stops a guesser", async () => {
    const client = await Client.create(server.url);
    const device = await publicJwk(client.key);
    const token = "A".repeat(43);
    const salts = [];
    for (const email of ["nobody@desk.test", "nobody@desk.test", "eng@desk.test"])
      salts.push((await client.call("POST", PATHS.passphraseStart, { email })).body.salt);
    expect(salts[0]).toBe(salts[1]);
    expect(salts[2]).toHaveLength(22);
    const unknown = await client.call("POST", PATHS.passphraseFinish, { email: "nobody@desk.test", token, device });
    const wrong = await client.call("POST", PATHS.passphraseFinish, { email: "eng@desk.test", token, device });
    expect(unknown.body).toEqual(wrong.body);
    const codes = [];
    for (let i = 0; i < 12; i++)
      codes.push(
        (await client.call("POST", PATHS.passphraseFinish, { email: "eng@desk.test", token, device })).body.code,
      );
    expect(codes.at(-1)).toBe("request.rateLimited");
    // The limit tells a guesser nothing either: an address that nobody has runs into it alike.
    const strange = [];
    for (let i = 0; i < 12; i++)
      strange.push(
        (await client.call("POST", PATHS.passphraseFinish, { email: "Nobody@desk.test", token, device })).body.code,
      );
    expect(strange).toEqual(codes);
  });

  it("counts guesses that arrive together", async () => {
    const email = "eng2@desk.test";
    await enrol(await invite(admin, { for: "staff", role: "engineer" }), { passphrase: true, email });
    const client = await Client.create(server.url);
    const device = await publicJwk(client.key);
    const guesses = await Promise.all(
      Array.from({ length: 30 }, () =>
        client.call("POST", PATHS.passphraseFinish, { email, token: "A".repeat(43), device }),
      ),
    );
    expect(guesses.filter(({ body }) => body.code === "session.refused")).toHaveLength(10);
    expect(guesses.filter(({ body }) => body.code === "request.rateLimited")).toHaveLength(20);
  });
});

describe("sessions", () => {
  it("need cookie and proof: a copied cookie opens nothing, and its owner can read that it was tried", async () => {
    const thief = await Client.create(server.url);
    thief.cookie = customer.client.cookie;
    expect((await thief.call("GET", PATHS.me)).body.code).toBe("session.refused");
    expect((await customer.client.call("GET", PATHS.me, undefined, { dpop: "" })).body.code).toBe(
      "session.proofInvalid",
    );
    const { body } = await customer.client.call("GET", PATHS.access);
    const types = body.entries.map(
      ({ leaf }: { leaf: string }) => JSON.parse(Buffer.from(leaf, "base64url").toString()).t,
    );
    expect(types).toContain("auth.fail");
    expect(types).toContain("key.bind");
    expect(types).toContain("session.start");
  });

  it("refuse a proof that was used, is for another address or method, or is old", async () => {
    const { client } = customer;
    const dpop = await client.proof("GET", PATHS.me);
    expect((await client.call("GET", PATHS.me, undefined, { dpop })).status).toBe(200);
    expect((await client.call("GET", PATHS.me, undefined, { dpop })).body.code).toBe("session.proofInvalid");
    expect(
      (await client.call("GET", PATHS.me, undefined, { dpop: await client.proof("GET", PATHS.trust) })).body.code,
    ).toBe("session.proofInvalid");
    expect(
      (await client.call("GET", PATHS.me, undefined, { dpop: await client.proof("POST", PATHS.me) })).body.code,
    ).toBe("session.proofInvalid");
  });

  it("carry a cookie that scripts and other sites cannot use", async () => {
    const client = await Client.create(server.url);
    client.key = customer.client.key;
    const { body } = await client.call("POST", PATHS.passkeyStart, {});
    const response = customer.authenticator.get({ rpId: "localhost", origin: server.url, challenge: body.challenge });
    const answer = await client.call("POST", PATHS.passkeyFinish, { response, device: await publicJwk(client.key) });
    expect(answer.headers.get("set-cookie")).toMatch(
      /^__Host-breakwater=[A-Za-z0-9_-]{43}; Path=\/; Secure; HttpOnly; SameSite=Strict$/,
    );
    expect(answer.headers.get("cache-control")).toBe("no-store");
    const cookie = client.cookie ?? "";
    const out = await client.call("DELETE", PATHS.session);
    expect(out.headers.get("clear-site-data")).toBe('"cache"');
    expect((await client.call("GET", PATHS.me, undefined, { cookie })).body.code).toBe("session.expired");
  });

  it("putIdentity() replaces the sealed identity only when it is the one that was read", async () => {
    const { domainHash, toBase64url, utf8 } = await import("@breakwater/wire");
    const { identity } = (await member.client.call("GET", PATHS.me)).body;
    const was = toBase64url(domainHash("identity", utf8(identity)));
    expect((await member.client.call("PUT", PATHS.me, { identity: "BBBB", was })).status).toBe(200);
    expect((await member.client.call("PUT", PATHS.me, { identity: "CCCC", was })).body.code).toBe("request.conflict");
    expect((await member.client.call("GET", PATHS.me)).body.identity).toBe("BBBB");
  });

  // The last test: the server's clock goes on from here.
  it("end after a quarter of an hour without a request, and after their absolute time whatever happens", async () => {
    const client = await Client.create(server.url);
    client.key = customer.client.key;
    let ahead = 0;
    const advance = (minutes: number): void => {
      server.advance(minutes * 60_000);
      ahead += minutes;
      client.aheadMs = ahead * 60_000;
    };
    await signIn(customer, client);
    advance(14);
    expect((await client.call("GET", PATHS.me)).status).toBe(200);
    advance(14);
    expect((await client.call("GET", PATHS.me)).status).toBe(200);
    advance(16);
    expect((await client.call("GET", PATHS.me)).body.code).toBe("session.expired");
    await signIn(customer, client);
    for (let minutes = 0; minutes < 12 * 60; minutes += 10) {
      expect((await client.call("GET", PATHS.me)).status).toBe(200);
      advance(10);
    }
    expect((await client.call("GET", PATHS.me)).body.code).toBe("session.expired");
  });
});
