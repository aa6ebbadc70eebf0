import { PATHS, type schemas } from "@breakwater/contract";
import {
  isPair,
  keyId,
  makeCaseKey,
  makeTeam,
  openText,
  readSealedText,
  sealTeamKey,
  sealText,
  statementHash,
  unwrapShare,
  type Trust,
} from "@breakwater/seal";
import { fromBase64url } from "@breakwater/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { z } from "zod";
import { DeskClient, randomParts } from "../../../testing/src/desk-client.ts";
import { startServer, type TestServer } from "../../../testing/src/server.ts";
import { caseSecretKey } from "./cases.ts";
import { Session } from "./session.ts";

type Rotation = z.output<typeof schemas.Rotation>;
type Me = z.output<typeof schemas.Me>;

let server: TestServer;
let admin: DeskClient;
let customer: DeskClient;
let removed: DeskClient;
beforeAll(async () => {
  server = await startServer();
  const named = (name: string) => ({ name, email: `${name.replace(/ /g, "-").toLowerCase()}@desk.test` });
  admin = await DeskClient.enrol(server, server.enrolment ?? "", named("Desk Administrator"));
  customer = await DeskClient.enrol(
    server,
    await admin.invite({ for: "customer", role: "admin" }),
    named("Customer Administrator"),
  );
  removed = await DeskClient.enrol(
    server,
    await admin.invite({ for: "staff", role: "engineer" }),
    named("Support Engineer"),
  );
}, 60_000);
afterAll(() => server.destroy());

/** What the worker holds after an unlock. */
async function unlocked(person: DeskClient, me?: Me): Promise<Session> {
  const session = new Session(() => undefined);
  await session.open(person.person.identity, new Uint8Array(32));
  session.holdTeams((me ?? (await person.browser.call<Me>("GET", "me"))).teamKeys);
  return session;
}

async function rotateTeam(by: DeskClient, team: string, trust: Trust, leaving: readonly string[]): Promise<void> {
  const session = await unlocked(by);
  const now = trust.teams(by.org).find((one) => one.team === team);
  const previous = now && (await session.teamKey(now.id));
  if (!now || !previous) throw new Error("No such team.");
  expect(await isPair(now.publicKey, previous)).toBe(true);
  const place = { org: by.org, team, epoch: now.epoch + 1 };
  const created = new Date().toISOString();
  const { statement, secretKey } = await makeTeam({
    ...place,
    name: now.name,
    created,
    previous,
    signer: by.person.sign,
  });
  const { teams } = await by.browser.call<z.output<typeof schemas.Teams>>("GET", "teams");
  const staying = teams.find((one) => one.team === team)?.members.filter((user) => !leaving.includes(user)) ?? [];
  const wraps = await Promise.all(
    staying.map((user) => sealTeamKey(place, { user, hpke: trust.person(user)?.hpke ?? "" }, secretKey)),
  );
  const act = await by.act({ t: "team.rotate", org: by.org, what: statementHash(statement) });
  await by.browser.call("POST", "teamRotate", { params: { team }, json: { statement, wraps, act } });
}

async function rekey(by: DeskClient, { cases, statements }: Rotation): Promise<void> {
  const trust = await by.trust(statements);
  const session = await unlocked(by);
  const made = await Promise.all(
    cases.map(async ({ case: id, org, subject, to }) => {
      const place = { org, case: id };
      const key = trust.caseKey(place);
      if (!key) throw new Error("The case's key does not chain.");
      const teams = [...trust.teams(org), ...trust.teams(trust.desk.id)].filter(({ team }) => to.includes(team));
      const previous = await caseSecretKey(session, key.body);
      const epoch = key.epoch + 1;
      const next = await makeCaseKey({
        ...place,
        epoch,
        created: new Date().toISOString(),
        teams,
        maker: by.person.sign,
        previous,
      });
      const named = { id: keyId(id, epoch), publicKey: fromBase64url(next.statement.body.hpke) };
      const text = await openText("subject", readSealedText(subject, "subject"), place, previous);
      return {
        case: id,
        key: next.statement,
        subject: await sealText("subject", text, place, named),
        act: await by.act({ t: "team.rotate", ...place, what: statementHash(next.statement) }),
      };
    }),
  );
  await by.browser.call("POST", "rotation", { json: { cases: made } });
}

const left = (by: DeskClient) => by.browser.call<Rotation>("GET", "rotation");

it(
  "[vault 14] rotation: after a removal open cases get new keys, batch after batch; new members read old cases, the removed member's keys open nothing new",
  { timeout: 120_000 },
  async () => {
    const rows = [];
    for (let i = 0; i < 23; i++) rows.push(await customer.openCase(`Case ${i}`));
    const [row] = rows;
    if (!row) throw new Error("No case.");
    const closed = await customer.openCase("Closed");
    await admin.take(closed);
    await admin.closeCase(closed);
    const old = await customer.upload(row.case, randomParts());
    const before = await unlocked(removed);
    expect(await left(admin)).toMatchObject({ teams: [], cases: [], left: 0 });

    await admin.setStanding("user", removed.user, "revoked");
    const first = await left(admin);
    expect(first).toMatchObject({ teams: [{ remove: [removed.user] }], cases: [] });
    const trust = await admin.trust(first.statements);
    await rotateTeam(admin, first.teams[0]?.team ?? "", trust, [removed.user]);

    // As if the page was closed after the first batch, and another one of an administrator went on.
    const batch = await left(admin);
    expect([batch.teams, batch.cases.length, batch.left]).toEqual([[], 20, 23]);
    await rekey(admin, batch);
    const rest = await left(admin);
    expect([rest.cases.length, rest.left]).toEqual([3, 3]);
    await rekey(admin, rest);
    expect((await left(admin)).left).toBe(0);

    // Whoever comes now reads what is old: open cases, and those that were closed before and kept their key.
    const newcomer = await DeskClient.enrol(server, await invite(), { name: "New Engineer", email: "new@desk.test" });
    const fresh = await unlocked(newcomer);
    const view = await newcomer.view(row.case);
    const seen = await newcomer.trust(view.statements);
    const epochOne = seen.caseKey(row, 1)?.body;
    const epochTwo = seen.caseKey(row)?.body;
    if (!epochOne || !epochTwo) throw new Error("The case has no keys.");
    expect(epochTwo.epoch).toBe(2);
    expect(
      await openText(
        "subject",
        readSealedText(view.case.subject, "subject"),
        row,
        await caseSecretKey(fresh, epochTwo),
      ),
    ).toBe("Case 0");
    const viaNext = await caseSecretKey(fresh, epochOne, (epoch) => (epoch === 2 ? epochTwo : undefined));
    const sealedClosed = (await newcomer.view(closed.case)).case;
    const closedKey = (await newcomer.trust((await newcomer.view(closed.case)).statements)).caseKey(closed)?.body;
    expect(closedKey?.epoch).toBe(1);
    const closedSecret = closedKey && (await caseSecretKey(fresh, closedKey));
    expect(
      closedSecret &&
        (await openText("subject", readSealedText(sealedClosed.subject, "subject"), closed, closedSecret)),
    ).toBe("Closed");
    const { manifest } = old.sealed.manifest;
    expect(await openText("name", manifest.name, { ...row, file: manifest.file }, viaNext)).toBe("recording.har");

    // The removed member's keys still open what they opened before, and nothing that is sealed from now on.
    expect(
      await openText("name", manifest.name, { ...row, file: manifest.file }, await caseSecretKey(before, epochOne)),
    ).toBe("recording.har");
    await expect(caseSecretKey(before, epochTwo)).rejects.toMatchObject({ code: "engine.noKey" });
    const newer = await customer.upload(row.case, randomParts());
    expect(newer.sealed.manifest.manifest.name.to).toBe(`${row.case}#2`);
    const oldKeys = [...secretsOf(before), await caseSecretKey(before, epochOne)];
    for (const wrap of newer.sealed.manifest.manifest.wraps)
      for (const secret of oldKeys)
        await expect(unwrapShare(wrap, newer.sealed.manifest.manifest, secret)).rejects.toThrow();
    expect((await removed.browser.send("GET", PATHS.me)).status).toBe(401);
    // The customer and the desk's people go on as before.
    expect((await customer.view(row.case)).files).toHaveLength(2);
  },
);

/** As the page does: with the newest key of the first team. */
async function invite(): Promise<string> {
  const session = await unlocked(admin);
  const team = (await admin.trust()).mainTeam(admin.org);
  const secret = team && (await session.teamKey(team.id));
  if (!secret) throw new Error("The administrator holds no team key.");
  return admin.invite({ for: "staff", role: "engineer", team: { id: team.id, secret } });
}

function secretsOf(session: Session): Uint8Array[] {
  const { identity } = session.keys();
  return [...Object.values(identity.teams), identity.hpke].map(fromBase64url);
}
