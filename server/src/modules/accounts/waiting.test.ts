import { PATHS } from "@breakwater/contract";
import { publicJwk, signAct, signStatement, statementHash } from "@breakwater/seal";
import { newId } from "@breakwater/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Client, enrol, invite, type TestPerson } from "../../../../testing/src/client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: TestPerson;
let engineer: TestPerson;
beforeAll(async () => {
  server = await startServer();
  admin = await enrol(server.enrolment ?? "");
  engineer = await enrol(await invite(admin, { for: "staff", role: "engineer" }), { passphrase: true });
}, 60_000);
afterAll(() => server.destroy());

const now = (): string => new Date().toISOString();

/** Signs in on a further browser and enrols it; gives its id. */
async function further(person: TestPerson): Promise<{ readonly client: Client; readonly dev: string }> {
  const client = await Client.create(person.client.base);
  const device = await publicJwk(client.key);
  const signIn = { email: person.email, token: person.passphraseToken, device };
  expect((await client.call("POST", PATHS.passphraseFinish, signIn)).status).toBe(200);
  const dev = newId("device");
  const statement = await signStatement(
    { v: 1, t: "device", created: now(), user: person.user, dev, jwk: device },
    person.sign,
  );
  const actor = { id: person.user, kind: person.kind, dev };
  const act = await signAct({ v: 1, t: "key.bind", at: now(), org: person.org, actor }, client.key);
  expect((await client.call("POST", PATHS.me, { statement, act })).status).toBe(200);
  return { client, dev };
}

async function approve(by: TestPerson, dev: string, client = by.client, from = by.dev) {
  const statement = await signStatement(
    { v: 1, t: "standing", created: now(), org: by.org, of: "device", id: dev, state: "active", why: "" },
    by.sign,
  );
  const actor = { id: by.user, kind: by.kind, dev: from };
  const what = statementHash(statement);
  const act = await signAct({ v: 1, t: "key.bind", at: now(), org: by.org, actor, what }, client.key);
  const answer = await client.call("POST", PATHS.standing, { statement, act });
  return answer.status === 200 ? "done" : answer.body.code;
}

it("a further browser works at once where the organisation does not say otherwise", async () => {
  const { client } = await further(engineer);
  expect((await client.call("GET", PATHS.people)).status).toBe(200);
});

it("a further browser waits for its person or an administrator where the settings say so, and does nothing meanwhile", async () => {
  const statement = await signStatement(
    {
      v: 1,
      t: "settings",
      created: now(),
      org: admin.org,
      approve: "none",
      breakGlass: true,
      notify: [],
      devices: "approved",
    },
    admin.sign,
  );
  const act = await admin.act({ t: "config.change", org: admin.org, what: `settings:${statementHash(statement)}` });
  const set = await admin.client.call("PUT", PATHS.settings, { statement, act });
  expect([set.status, set.body.code]).toEqual([200, undefined]);

  const waiting = await further(engineer);
  expect((await waiting.client.call("GET", PATHS.me)).body).toMatchObject({ devicePending: true, device: null });
  for (const address of [PATHS.people, PATHS.cases, PATHS.trust, PATHS.events])
    expect((await waiting.client.call("GET", address)).body.code).toBe("device.pending");
  // It cannot approve itself, and nobody else's administrator can.
  expect(await approve(engineer, waiting.dev, waiting.client, waiting.dev)).toBe("device.pending");
  expect(await approve(engineer, waiting.dev)).toBe("done");
  expect((await waiting.client.call("GET", PATHS.me)).body).toMatchObject({
    devicePending: false,
    device: waiting.dev,
  });
  expect((await waiting.client.call("GET", PATHS.people)).status).toBe(200);

  const second = await further(engineer);
  expect(await approve(admin, second.dev)).toBe("done");
  expect((await second.client.call("GET", PATHS.people)).status).toBe(200);
});
