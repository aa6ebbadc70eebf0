import fc from "fast-check";
import { newId, toBase64url } from "@breakwater/wire";
import { beforeAll, describe, expect, it } from "vitest";
import {
  generateRecipient,
  isPair,
  makeCaseKey,
  makeTeam,
  openTeamKey,
  openTeamPrevious,
  openTrust,
  publicJwk,
  sealTeamKey,
  signStatement,
  type PersonRole,
  type SigningKey,
  type Standing,
  type StandingBody,
  type Statement,
  type Trust,
} from "../src/index.ts";
import {
  AT,
  makeInvite,
  makePerson,
  makeTeam as makeTestTeam,
  makeWorld,
  NOW,
  type TestPerson,
  type World,
} from "./world.ts";

/** Some seconds after everything of the world was made. */
const at = (seconds: number): string => new Date(Date.parse(AT) + seconds * 1000).toISOString();

let world: World;
let second: TestPerson;
let people: readonly Statement[];
beforeAll(async () => {
  world = await makeWorld();
  const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role: "admin" });
  second = await makePerson(world.desk.id, "admin", invite.key);
  people = [...world.statements, invite.statement, ...second.statements];
});

const open = (...more: readonly Statement[]): Promise<Trust> => openTrust([...people, ...more], world.pins, NOW);

function standing(
  by: SigningKey,
  body: Pick<StandingBody, "of" | "id"> & { readonly state: Standing; readonly created: string; readonly org?: string },
): Promise<Statement> {
  return signStatement({ v: 1, t: "standing", org: world.desk.id, why: "left", ...body }, by);
}
const ofUser = (by: SigningKey, user: string, state: Standing, seconds: number): Promise<Statement> =>
  standing(by, { of: "user", id: user, state, created: at(seconds) });
const roleOf = (by: SigningKey, user: string, role: PersonRole, seconds: number): Promise<Statement> =>
  signStatement({ v: 1, t: "role", created: at(seconds), org: world.desk.id, user, role }, by);

describe("openTrust, standing", () => {
  it("lets everybody act of whom nothing is said, and keeps whoever may not act any more", async () => {
    const { engineer, desk } = world;
    expect((await open()).mayAct(engineer.user, engineer.dev)).toBe(true);
    const trust = await open(await ofUser(desk.admin.sign, engineer.user, "suspended", 10));
    expect(trust.mayAct(engineer.user, engineer.dev)).toBe(false);
    expect(trust.person(engineer.user)?.standing).toBe("suspended");
    // Old manifests, receipts and leaves must still verify.
    expect(trust.device(engineer.dev)?.person.user).toBe(engineer.user);
    expect(trust.mayAct(world.member.user, world.member.dev)).toBe(true);
  });

  it("takes the newest, and of two at one time the stricter; revoked is for good", async () => {
    const { engineer, desk } = world;
    const by = desk.admin.sign;
    const suspended = await ofUser(by, engineer.user, "suspended", 10);
    const again = await ofUser(by, engineer.user, "active", 20);
    expect((await open(suspended, again)).mayAct(engineer.user)).toBe(true);
    expect((await open(suspended, again, await ofUser(by, engineer.user, "suspended", 20))).mayAct(engineer.user)).toBe(
      false,
    );
    expect((await open(await ofUser(by, engineer.user, "revoked", 5), again)).mayAct(engineer.user)).toBe(false);
  });

  it("hears an administrator of the person's own organisation and its root, and nobody else", async () => {
    const { engineer, member, customer, desk } = world;
    expect((await open(await ofUser(engineer.sign, member.user, "revoked", 9))).mayAct(member.user)).toBe(true);
    expect((await open(await ofUser(customer.admin.sign, engineer.user, "revoked", 9))).mayAct(engineer.user)).toBe(
      true,
    );
    const elsewhere = { of: "user", id: member.user, state: "revoked", created: at(9) } as const;
    expect((await open(await standing(desk.admin.sign, elsewhere))).mayAct(member.user)).toBe(true);
    expect((await open(await standing(desk.admin.sign, { ...elsewhere, org: customer.id }))).mayAct(member.user)).toBe(
      true,
    );
    expect(
      (await open(await standing(customer.admin.sign, { ...elsewhere, org: customer.id }))).mayAct(member.user),
    ).toBe(false);
    expect((await open(await ofUser(desk.root, engineer.user, "revoked", 9))).mayAct(engineer.user)).toBe(false);
  });

  it("gives nothing for what somebody signed after their standing ended, and all for what they signed before", async () => {
    const { desk, customer, place } = world;
    const revoked = await ofUser(desk.admin.sign, second.user, "revoked", 10);
    const [early, late] = await Promise.all(
      [5, 15].map((s) => makeInvite(second.sign, { org: desk.id, for: "staff", role: "engineer", created: at(s) })),
    );
    const [hired, smuggled] = await Promise.all([
      makePerson(desk.id, "engineer", early?.key, { created: at(6) }),
      makePerson(desk.id, "engineer", late?.key, { created: at(16) }),
    ]);
    const key = (seconds: number, epoch: number) =>
      makeCaseKey({ ...place, epoch, created: at(seconds), teams: [], maker: second.sign });
    const keys = [await key(5, 2), await key(15, 3)].map(({ statement }) => statement);
    const trust = await open(
      revoked,
      ...[early, late].flatMap((invite) => (invite ? [invite.statement] : [])),
      ...hired.statements,
      ...smuggled.statements,
      ...keys,
      await makeTestTeam(desk.id, second.sign).then(({ statement }) => statement),
      await ofUser(second.sign, world.engineer.user, "revoked", 15),
      await roleOf(second.sign, hired.user, "admin", 15),
      await standing(second.sign, { of: "device", id: second.dev, state: "active", created: at(15) }),
    );
    expect(trust.person(hired.user)?.role).toBe("engineer");
    expect(trust.person(smuggled.user)).toBeUndefined();
    expect(trust.caseKey({ org: customer.id, case: place.case })?.epoch).toBe(2);
    expect(trust.mayAct(world.engineer.user)).toBe(true);
    expect(trust.mayAct(second.user)).toBe(false);
    expect(trust.standings).toHaveLength(1);
  });

  it("ends both of two administrators who end each other at one time", async () => {
    const trust = await open(
      await ofUser(world.desk.admin.sign, second.user, "revoked", 10),
      await ofUser(second.sign, world.desk.admin.user, "revoked", 10),
    );
    expect([trust.mayAct(second.user), trust.mayAct(world.desk.admin.user)]).toEqual([false, false]);
  });

  it("ends a device by its own person or by an administrator, and the stricter of both counts", async () => {
    const { engineer, desk } = world;
    const device = { of: "device", id: engineer.dev } as const;
    const own = await standing(engineer.sign, { ...device, state: "suspended", created: at(10) });
    const trust = await open(own);
    expect([trust.mayAct(engineer.user), trust.mayAct(engineer.user, engineer.dev)]).toEqual([true, false]);
    const active = await standing(desk.admin.sign, { ...device, state: "active", created: at(20) });
    expect((await open(own, active)).mayAct(engineer.user, engineer.dev)).toBe(false);
    const admins = await standing(desk.admin.sign, { ...device, state: "suspended", created: at(5) });
    const regretted = await standing(engineer.sign, { ...device, state: "active", created: at(30) });
    expect((await open(admins, regretted)).mayAct(engineer.user, engineer.dev)).toBe(false);
    const others = await standing(world.member.sign, { ...device, state: "revoked", created: at(10) });
    expect((await open(others)).mayAct(engineer.user, engineer.dev)).toBe(true);
  });

  it("counts standings that were known before, whatever the heap leaves out", async () => {
    const { engineer, desk } = world;
    const { standings } = await open(await ofUser(desk.admin.sign, engineer.user, "suspended", 10));
    const trust = await openTrust(world.statements, world.pins, NOW, standings);
    expect(trust.mayAct(engineer.user)).toBe(false);
  });
});

describe("openTrust, roles", () => {
  it("takes the newest role that another administrator signed", async () => {
    const { engineer, desk } = world;
    const lead = await roleOf(desk.admin.sign, engineer.user, "lead", 10);
    const trust = await open(lead, await roleOf(desk.admin.sign, engineer.user, "auditor", 5));
    expect(trust.person(engineer.user)?.role).toBe("lead");
  });

  it("lets nobody sign their own, and gives no role that the side does not have", async () => {
    const { engineer, desk } = world;
    expect((await open(await roleOf(engineer.sign, engineer.user, "admin", 5))).person(engineer.user)?.role).toBe(
      "engineer",
    );
    expect((await open(await roleOf(second.sign, second.user, "auditor", 5))).person(second.user)?.role).toBe("admin");
    for (const role of ["member", "manager"] as const)
      expect((await open(await roleOf(desk.admin.sign, engineer.user, role, 5))).person(engineer.user)?.role).toBe(
        "engineer",
      );
  });

  it("takes an administrator's word only from while they were one", async () => {
    const { engineer, desk } = world;
    const demoted = await roleOf(desk.admin.sign, second.user, "engineer", 10);
    const before = await roleOf(second.sign, engineer.user, "lead", 5);
    const after = await roleOf(second.sign, engineer.user, "auditor", 15);
    expect((await open(demoted, before, after)).person(engineer.user)?.role).toBe("lead");
  });
});

describe("openTrust, what the heap's order cannot change", () => {
  it("is the same for any order of any statements about standing and roles", { timeout: 60_000 }, async () => {
    const { desk, engineer, customer, member } = world;
    const signers = [desk.admin, second, engineer, customer.admin, member];
    const event = fc.record({
      by: fc.nat(signers.length - 1),
      about: fc.nat(signers.length - 1),
      seconds: fc.integer({ min: 1, max: 6 }),
      what: fc.constantFrom("active", "suspended", "revoked", "admin", "engineer", "lead", "member"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(event, { maxLength: 8 }), fc.infiniteStream(fc.nat()), async (events, random) => {
        const statements = await Promise.all(
          events.map(({ by, about, seconds, what }) => {
            const [signer, subject] = [signers[by], signers[about]];
            if (!signer || !subject) throw new Error("No such person.");
            const common = { v: 1, created: at(seconds), org: subject.org } as const;
            return what === "active" || what === "suspended" || what === "revoked"
              ? signStatement(
                  { ...common, t: "standing", of: "user", id: subject.user, state: what, why: "" },
                  signer.sign,
                )
              : signStatement({ ...common, t: "role", user: subject.user, role: what }, signer.sign);
          }),
        );
        const summary = (trust: Trust) => signers.map(({ user }) => [trust.person(user)?.role, trust.mayAct(user)]);
        const heap = [...people, ...statements];
        const shuffled = heap
          .map((statement) => ({ statement, rank: random.next().value }))
          .toSorted((a, b) => a.rank - b.rank)
          .map(({ statement }) => statement);
        const trust = await openTrust(heap, world.pins, NOW);
        expect(summary(await openTrust(shuffled, world.pins, NOW))).toEqual(summary(trust));
        // Whoever was ended for good by an administrator that nobody had touched before stays ended.
        const first = events.filter(({ by, what, about }) => by === 0 && about === 2 && what === "revoked");
        const touched = events.some(({ about }) => about === 0);
        if (first.length > 0 && !touched) expect(trust.mayAct(engineer.user)).toBe(false);
        // Nobody becomes anything by what they signed themselves alone.
        if (events.every(({ by, about }) => by === about)) expect(trust.person(engineer.user)?.role).toBe("engineer");
      }),
      { numRuns: 60 },
    );
  });
});

describe("openTrust, vendors, services, passkeys and settings", () => {
  const rules = {
    networks: ["192.0.2.0/24"],
    countries: ["NL"],
    managedDevice: true,
    contractUntil: at(9e6),
    reviewBy: at(8e6),
  };

  it("cuts off all of a vendor's people at once", async () => {
    const { desk } = world;
    const vendor = newId("vendor");
    const named = await signStatement(
      { v: 1, t: "vendor", created: AT, org: desk.id, vendor, name: "Vendor", rules },
      desk.admin.sign,
    );
    const invite = await makeInvite(desk.admin.sign, { org: desk.id, for: "staff", role: "engineer", vendor });
    const person = await makePerson(desk.id, "engineer", invite.key, { vendor });
    const all = [named, invite.statement, ...person.statements];
    const trust = await open(...all);
    expect([trust.person(person.user)?.vendor, trust.mayAct(person.user), trust.vendor(vendor)?.rules]).toEqual([
      vendor,
      true,
      rules,
    ]);
    expect((await open(...all.slice(1))).mayAct(person.user)).toBe(false);
    const cut = await standing(desk.admin.sign, { of: "vendor", id: vendor, state: "suspended", created: at(10) });
    const after = await open(...all, cut);
    expect([after.mayAct(person.user), after.person(person.user)?.standing, after.vendor(vendor)?.standing]).toEqual([
      false,
      "active",
      "suspended",
    ]);
  });

  it("takes a vendor's person only when invitation and bundle name the same vendor", async () => {
    const { desk } = world;
    const invite = await makeInvite(desk.admin.sign, {
      org: desk.id,
      for: "staff",
      role: "engineer",
      vendor: newId("vendor"),
    });
    const person = await makePerson(desk.id, "engineer", invite.key);
    expect((await open(invite.statement, ...person.statements)).person(person.user)).toBeUndefined();
  });

  it("gives a service the standing of its owner", async () => {
    const { desk, engineer } = world;
    const service = newId("service");
    const jwk = await publicJwk(engineer.device);
    const named = await signStatement(
      {
        v: 1,
        t: "service",
        created: AT,
        org: desk.id,
        service,
        name: "Export",
        owner: engineer.user,
        jwk,
        audiences: ["api"],
        networks: [],
        until: at(9e6),
        scopes: ["cases.read"],
      },
      desk.admin.sign,
    );
    expect((await open(named)).service(service)?.standing).toBe("active");
    const trust = await open(named, await ofUser(desk.admin.sign, engineer.user, "suspended", 10));
    expect(trust.service(service)?.standing).toBe("suspended");
    const ended = await standing(desk.admin.sign, { of: "service", id: service, state: "revoked", created: at(10) });
    expect((await open(named, ended)).service(service)?.standing).toBe("revoked");
  });

  it("knows a person's passkeys and the newest settings, else the desk's", async () => {
    const { desk, customer, member } = world;
    const jwk = await publicJwk(member.device);
    const passkey = (by: SigningKey) =>
      signStatement({ v: 1, t: "passkey", created: AT, user: member.user, cred: "AQID", jwk, rp: "desk.example" }, by);
    expect((await open(await passkey(member.sign))).passkeys(member.user)).toMatchObject([{ cred: "AQID" }]);
    expect((await open(await passkey(world.engineer.sign))).passkeys(member.user)).toEqual([]);
    const settings = (by: SigningKey, org: string, approve: "none" | "lead" | "customer", seconds: number) =>
      signStatement(
        { v: 1, t: "settings", created: at(seconds), org, approve, breakGlass: true, notify: ["open"] },
        by,
      );
    const desks = await settings(desk.root, desk.id, "lead", 1);
    expect((await open(desks)).settings(customer.id)?.approve).toBe("lead");
    const [own, newer, forged] = [
      await settings(customer.root, customer.id, "none", 1),
      await settings(customer.admin.sign, customer.id, "customer", 2),
      await settings(desk.admin.sign, customer.id, "none", 3),
    ];
    expect((await open(desks, newer, own, forged)).settings(customer.id)?.approve).toBe("customer");
  });
});

describe("makeTeam", () => {
  it("gives each later epoch to the remaining members, and with it all earlier ones", async () => {
    const { desk, engineer } = world;
    const place = { org: desk.id, team: newId("team") };
    const first = await makeTeam({ ...place, epoch: 1, name: "Team", created: AT, signer: desk.admin.sign });
    const next = await makeTeam({
      ...place,
      epoch: 2,
      name: "Team",
      created: AT,
      previous: first.secretKey,
      signer: desk.admin.sign,
    });
    const trust = await open(first.statement, next.statement);
    const team = trust.teams(desk.id).find((one) => one.team === place.team);
    expect(team?.epoch).toBe(2);
    const hpke = trust.person(engineer.user)?.hpke ?? "";
    expect(hpke).toBe(toBase64url(engineer.hpke.publicKey));
    const wrap = await sealTeamKey(next.statement.body, { user: engineer.user, hpke }, next.secretKey);
    const opened = await openTeamKey(next.statement.body, wrap, engineer.hpke.secretKey);
    expect(team && (await isPair(team.publicKey, opened))).toBe(true);
    expect(await openTeamPrevious(next.statement.body, opened)).toEqual(first.secretKey);
    // Whoever was removed holds the first epoch only.
    await expect(openTeamPrevious(next.statement.body, first.secretKey)).rejects.toMatchObject({ code: "hpke.open" });
    await expect(openTeamKey(next.statement.body, wrap, second.hpke.secretKey)).rejects.toMatchObject({
      code: "hpke.open",
    });
    await expect(openTeamPrevious(first.statement.body, first.secretKey)).rejects.toMatchObject({
      code: "wrap.unknown",
    });
  });

  it("is no pair with another key", async () => {
    const [one, other] = [await generateRecipient(), await generateRecipient()];
    expect(await isPair(one.publicKey, other.secretKey)).toBe(false);
  });
});
