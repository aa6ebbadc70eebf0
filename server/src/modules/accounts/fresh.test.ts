import { PATHS } from "@breakwater/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { enrol, invite, type TestPerson } from "../../../../testing/src/client.ts";
import { startServer, type TestServer } from "../../../../testing/src/server.ts";

let server: TestServer;
let admin: TestPerson;
let member: TestPerson;
beforeAll(async () => {
  server = await startServer();
  admin = await enrol(server.enrolment ?? "");
  member = await enrol(await invite(admin, { for: "customer", role: "admin" }), { passphrase: true });
}, 120_000);
afterAll(() => server.destroy());

const started = async (person: TestPerson) => (await person.client.call("POST", PATHS.verifyStart, {})).body;
const finish = async (person: TestPerson, body: unknown) => {
  const answer = await person.client.call("POST", PATHS.verifyFinish, body);
  return answer.status === 200 ? "shown" : answer.body.code;
};
const byPasskey = (person: TestPerson, challenge: string) => ({
  kind: "passkey",
  response: person.authenticator.get({ rpId: "localhost", origin: person.client.base, challenge }),
});

it("requireFresh: counts signing in for five minutes, then wants the person", async () => {
  await invite(admin, { for: "staff", role: "lead" });
  server.advance(5 * 60_000);
  for (const { client } of [admin, member]) client.aheadMs = 5 * 60_000;
  await expect(invite(admin, { for: "staff", role: "lead" })).rejects.toThrow("verify.needed");
});

it("requireFresh: takes a passkey's assertion over its own challenge, once, and no other's", async () => {
  const { challenge, method, credentials } = await started(admin);
  expect([method, credentials]).toEqual(["passkey", [expect.any(String)]]);
  expect(await finish(admin, byPasskey(member, challenge))).toBe("verify.failed");
  expect(await finish(admin, byPasskey(admin, challenge))).toBe("verify.failed");
  expect(await finish(admin, { kind: "passphrase", token: "AAAA" })).toBe("verify.failed");
  await expect(invite(admin, { for: "staff", role: "lead" })).rejects.toThrow("verify.needed");
  const again = byPasskey(admin, (await started(admin)).challenge);
  expect(await finish(admin, again)).toBe("shown");
  expect(await finish(admin, again)).toBe("verify.failed");
  await invite(admin, { for: "staff", role: "lead" });
});

it("requireFresh: takes the passphrase of whoever has no passkey, and ten attempts at it", async () => {
  expect(await started(member)).toMatchObject({ method: "passphrase", credentials: [], salt: expect.any(String) });
  await expect(invite(member, { for: "member", role: "member" })).rejects.toThrow("verify.needed");
  expect(await finish(member, { kind: "passphrase", token: "AAAA" })).toBe("verify.failed");
  expect(await finish(member, { kind: "passphrase", token: member.passphraseToken })).toBe("shown");
  await invite(member, { for: "member", role: "member" });
  for (let i = 0; i < 10; i++) await finish(member, { kind: "passphrase", token: "AAAA" });
  expect(await finish(member, { kind: "passphrase", token: member.passphraseToken })).toBe("request.rateLimited");
});
