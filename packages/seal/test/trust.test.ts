import { beforeAll, describe, expect, it } from "vitest";
import { newId, toBase64url } from "@breakwater/wire";
import {
  addSignature,
  fingerprint,
  generateRecipient,
  generateSigningKey,
  makeCaseKey,
  openCaseKey,
  openTrust,
  publicJwk,
  generateDeviceKey,
  signStatement,
  type OrgRootBody,
  type SigningKey,
  type Statement,
} from "../src/index.ts";
import {
  AT,
  makeCustomer,
  makeInvite,
  makePerson,
  makeRoot,
  makeTeam,
  makeWorld,
  NOW,
  UNTIL,
  type World,
} from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});
const open = (...more: Statement[]) => openTrust([...world.statements, ...more], world.pins, NOW);

describe("openTrust", () => {
  it("finds everything that chains from the desk's pin, in whatever order the heap is", async () => {
    const trust = await open();
    expect(trust.desk.id).toBe(world.desk.id);
    expect(trust.orgs.map((org) => org.id).sort()).toEqual([world.desk.id, world.customer.id].sort());
    expect(trust.person(world.engineer.user)?.role).toBe("engineer");
    expect(trust.person(world.member.user)?.org).toBe(world.customer.id);
    expect(trust.device(world.member.dev)?.person.user).toBe(world.member.user);
    expect(trust.team(world.desk.id, world.deskTeam.id)?.name).toBe("Team");
    expect(trust.teams(world.customer.id)).toHaveLength(1);
    expect(trust.releaser).toBe(toBase64url(world.releaser.publicKey));
    expect(trust.witness).toBe(world.witness.vkey);
    expect(trust.caseKey(world.place)?.maker.user).toBe(world.member.user);
    expect(trust.releaserKey(world.place)?.id).toBe(`rel_${world.place.case}#1`);
    expect(trust.people(world.desk.id)).toHaveLength(2);
    const shuffled = await openTrust(world.statements.toReversed(), world.pins, NOW);
    expect(shuffled.people(world.customer.id)).toHaveLength(2);
  });

  it("gives verifier keys for the desk's own logs only", async () => {
    const trust = await open();
    expect(trust.logVerifier(`desk.example/log/${world.customer.id}`)).toMatch(
      /^desk\.example\/log\/org_.*\+[0-9a-f]{8}\+/,
    );
    expect(trust.logVerifier("desk.example/log/global")).toBeDefined();
    expect(trust.logVerifier(`desk.example/log/${newId("org")}`)).toBeUndefined();
    expect(trust.logVerifier(`evil.example/log/${world.customer.id}`)).toBeUndefined();
  });

  it("ignores what is malformed, and refuses a heap without the pinned desk root", async () => {
    const junk: unknown[] = [
      null,
      1,
      "x",
      [],
      { body: {}, sigs: [] },
      { body: { v: 1, t: "bundle" } },
      { __proto__: null },
    ];
    const trust = await openTrust([...junk, ...world.statements], world.pins, NOW);
    expect(trust.people(world.desk.id)).toHaveLength(2);
    await expect(openTrust(world.statements, [fingerprint(world.customer.root.publicKey)], NOW)).rejects.toMatchObject({
      code: "trust.desk",
    });
    await expect(openTrust(world.statements, [], NOW)).rejects.toMatchObject({ code: "trust.desk" });
    await expect(openTrust(Array.from({ length: 20_001 }), world.pins, NOW)).rejects.toMatchObject({
      code: "trust.tooMany",
    });
  });

  it("trusts a customer's root that is pinned without any invitation", async () => {
    const heap = world.statements.filter((statement) => statement !== world.customer.invite);
    expect((await openTrust(heap, world.pins, NOW)).org(world.customer.id)).toBeUndefined();
    const pinned = await openTrust(heap, [...world.pins, fingerprint(world.customer.root.publicKey)], NOW);
    expect(pinned.person(world.member.user)?.org).toBe(world.customer.id);
  });

  it("lets team members open the case key that it vouches for", async () => {
    const key = (await open()).caseKey(world.place);
    const opened = await openCaseKey(key!.body, world.deskTeam.id, world.deskTeam.key.secretKey);
    expect(opened).toEqual(world.caseKey.secretKey);
    await expect(openCaseKey(key!.body, world.customerTeam.id, world.deskTeam.key.secretKey)).rejects.toMatchObject({
      code: "hpke.open",
    });
    await expect(openCaseKey(key!.body, `${newId("team")}#1`, world.deskTeam.key.secretKey)).rejects.toMatchObject({
      code: "wrap.unknown",
    });
  });
});

describe("openTrust against whoever controls the heap", () => {
  const role = "engineer";

  /** A person in the desk behind an invitation that `by` signed. */
  async function invitedBy(
    by: SigningKey,
    more: { readonly for?: "staff" | "member"; readonly org?: string; readonly until?: string } = {},
  ) {
    const org = more.org ?? world.desk.id;
    const invite = await makeInvite(by, {
      org,
      for: more.for ?? "staff",
      role,
      ...(more.until ? { until: more.until } : {}),
    });
    const person = await makePerson(org, role, invite.key);
    return { invite, person, heap: [invite.statement, ...person.statements] };
  }

  it("refuses an invitation that nobody known signed", async () => {
    const { person, heap } = await invitedBy(await generateSigningKey());
    expect((await open(...heap)).person(person.user)).toBeUndefined();
  });

  it("refuses an invitation whose signature names the administrator but is not his", async () => {
    const { person, invite } = await invitedBy(await generateSigningKey());
    const forged: Statement = {
      body: invite.statement.body,
      sigs: [{ by: toBase64url(world.desk.admin.sign.publicKey), sig: invite.statement.sigs[0]!.sig }],
    };
    expect((await open(forged, ...person.statements)).person(person.user)).toBeUndefined();
  });

  it("refuses a bundle that was made after its invitation expired", async () => {
    const { person, heap } = await invitedBy(world.desk.admin.sign, { until: "2026-01-02T03:04:05.677Z" });
    expect((await open(...heap)).person(person.user)).toBeUndefined();
    const inTime = await invitedBy(world.desk.admin.sign, { until: AT });
    expect((await open(...inTime.heap)).person(inTime.person.user)).toBeDefined();
  });

  it("refuses a bundle from before its invitation, and statements from the future", async () => {
    const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    const early = await makePerson(world.desk.id, role, invite.key, { created: "2026-01-02T03:04:05.677Z" });
    expect((await open(invite.statement, ...early.statements)).person(early.user)).toBeUndefined();
    const late = await makePerson(world.desk.id, role, invite.key, { created: "2026-01-04T00:00:00.000Z" });
    expect((await open(invite.statement, ...late.statements)).person(late.user)).toBeUndefined();
  });

  it("refuses an invitation that an engineer or a customer's member signed", async () => {
    for (const by of [world.engineer.sign, world.member.sign]) {
      const { person, heap } = await invitedBy(by);
      expect((await open(...heap)).person(person.user)).toBeUndefined();
    }
  });

  it("refuses a customer's administrator and root endorsing staff of the desk", async () => {
    for (const by of [world.customer.admin.sign, world.customer.root]) {
      for (const kind of ["staff", "member"] as const) {
        const { person, heap } = await invitedBy(by, { for: kind });
        expect((await open(...heap)).person(person.user)).toBeUndefined();
      }
      const direct = await makePerson(world.desk.id, "admin", by);
      expect((await open(...direct.statements)).person(direct.user)).toBeUndefined();
    }
  });

  it("refuses an invitation of one kind for an organisation of the other", async () => {
    const asMember = await invitedBy(world.desk.admin.sign, { for: "member" });
    expect((await open(...asMember.heap)).person(asMember.person.user)).toBeUndefined();
    const asStaff = await invitedBy(world.customer.admin.sign, { for: "staff", org: world.customer.id });
    expect((await open(...asStaff.heap)).person(asStaff.person.user)).toBeUndefined();
  });

  it("refuses one customer's administrator endorsing people or teams of another", async () => {
    const other = await makeCustomer(world.desk.admin.sign);
    const heap = [other.invite, other.statement, ...other.admin.statements];
    const { person, heap: more } = await invitedBy(other.admin.sign, { for: "member", org: world.customer.id });
    const team = await makeTeam(world.customer.id, other.admin.sign);
    const trust = await open(...heap, ...more, team.statement);
    expect(trust.org(other.id)).toBeDefined();
    expect(trust.person(person.user)).toBeUndefined();
    expect(trust.team(world.customer.id, team.id)).toBeUndefined();
  });

  it("refuses an invited person who takes a higher role or another organisation than the invitation's", async () => {
    const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    const admin = await makePerson(world.desk.id, "admin", invite.key);
    expect((await open(invite.statement, ...admin.statements)).person(admin.user)).toBeUndefined();
    const memberInvite = await makeInvite(world.customer.admin.sign, { org: world.customer.id, for: "member", role });
    const staff = await makePerson(world.desk.id, role, memberInvite.key);
    expect((await open(memberInvite.statement, ...staff.statements)).person(staff.user)).toBeUndefined();
  });

  it("refuses an invited person who takes the user id of somebody trusted", async () => {
    const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    const thief = await makePerson(world.desk.id, role, invite.key, { user: world.desk.admin.user });
    const trust = await open(invite.statement, ...thief.statements);
    expect(trust.person(world.desk.admin.user)?.sign).toBe(toBase64url(world.desk.admin.sign.publicKey));
    expect(trust.device(thief.dev)).toBeUndefined();
    expect(trust.device(world.engineer.dev)).toBeDefined();
  });

  it("takes neither of two people who used one invitation, nor of two who claim one id", async () => {
    const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    const first = await makePerson(world.desk.id, role, invite.key);
    const second = await makePerson(world.desk.id, role, invite.key);
    const twice = await open(invite.statement, ...first.statements, ...second.statements);
    expect([twice.person(first.user), twice.person(second.user)]).toEqual([undefined, undefined]);

    const other = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    const clash = await makePerson(world.desk.id, role, other.key, { user: first.user });
    const clashing = await open(invite.statement, other.statement, ...first.statements, ...clash.statements);
    expect(clashing.person(first.user)).toBeUndefined();
  });

  it("refuses a person without a self-signature: nobody can claim another's keys", async () => {
    const victim = world.engineer.bundle.body;
    const invite = await makeInvite(world.desk.admin.sign, { org: world.desk.id, for: "staff", role });
    if (victim.t !== "bundle") throw new Error("a bundle");
    const claimed = await signStatement({ ...victim, user: newId("user") }, invite.key);
    expect((await open(invite.statement, claimed)).people(world.desk.id)).toHaveLength(2);
  });

  it("refuses a root that only signed itself, for the desk and for a customer", async () => {
    const root = await generateSigningKey();
    const id = newId("org");
    const trust = await open(
      await makeRoot(id, "customer", root),
      await makeRoot(id, "desk", root),
      await makeRoot(world.desk.id, "desk", root),
    );
    expect(trust.org(id)).toBeUndefined();
    expect(trust.desk.key).toBe(toBase64url(world.desk.root.publicKey));
  });

  it("refuses a root that did not sign itself, pinned or invited: nobody else says what a root is", async () => {
    const rogue = await generateSigningKey();
    const said = await signStatement({ ...(world.desk.statement.body as OrgRootBody), org: newId("org") }, rogue);
    const heap = world.statements.filter((statement) => statement !== world.desk.statement);
    await expect(openTrust([...heap, said], world.pins, NOW)).rejects.toMatchObject({ code: "trust.desk" });

    const id = newId("org");
    const invite = await makeInvite(world.desk.admin.sign, { org: id, for: "customer", role: "admin" });
    const body = { ...(world.customer.statement.body as OrgRootBody), org: id, key: toBase64url(rogue.publicKey) };
    expect((await open(invite.statement, await signStatement(body, invite.key))).org(id)).toBeUndefined();
  });

  it("refuses a customer's root that takes another organisation's id than its invitation's", async () => {
    const invite = await makeInvite(world.desk.admin.sign, { org: newId("org"), for: "customer", role: "admin" });
    const root = await generateSigningKey();
    const takeover = await addSignature(await makeRoot(world.customer.id, "customer", root), invite.key);
    const trust = await open(invite.statement, takeover);
    expect(trust.org(world.customer.id)?.key).toBe(toBase64url(world.customer.root.publicKey));
    const stray = await addSignature(await makeRoot(newId("org"), "customer", root), invite.key);
    expect((await open(invite.statement, stray)).orgs).toHaveLength(2);
  });

  it("refuses a pinned customer's root that says it is the desk", async () => {
    const twoFaced = await makeRoot(newId("org"), "desk", world.customer.root);
    const pins = [...world.pins, fingerprint(world.customer.root.publicKey)];
    const trust = await openTrust([...world.statements, twoFaced], pins, NOW);
    expect(trust.desk.id).toBe(world.desk.id);
    expect(trust.org(world.customer.id)?.kind).toBe("customer");
  });

  it("refuses desk keys and releaser keys by anybody but the root and the releaser", async () => {
    const rogue = await generateSigningKey();
    const hpke = toBase64url((await generateRecipient()).publicKey);
    const [keys] = [world.deskKeys.body];
    const swapped = await signStatement(
      { ...keys, created: UNTIL.replace("09", "03").replace("03:", "00:"), releaser: toBase64url(rogue.publicKey) },
      world.desk.admin.sign,
    );
    const releaserKey = await signStatement(
      { v: 1, t: "releaser.key", created: AT, ...world.place, epoch: 2, hpke },
      rogue,
    );
    const trust = await open(swapped, releaserKey);
    expect(trust.releaser).toBe(toBase64url(world.releaser.publicKey));
    expect(trust.releaserKey(world.place, 2)).toBeUndefined();
    expect(trust.releaserKey(world.place)?.epoch).toBe(1);
  });

  it("refuses a case key by a stranger and by another customer, and does not mix up whose case it is", async () => {
    const other = await makeCustomer(world.desk.admin.sign);
    const heap = [other.invite, other.statement, ...other.admin.statements];
    const input = { epoch: 2, created: AT, teams: [], case: world.place.case };
    const stranger = await makeCaseKey({ ...input, org: world.customer.id, maker: await generateSigningKey() });
    const rival = await makeCaseKey({ ...input, org: world.customer.id, maker: other.admin.sign });
    const elsewhere = await makeCaseKey({ ...input, org: other.id, maker: other.admin.sign });
    const trust = await open(...heap, stranger.statement, rival.statement, elsewhere.statement);
    expect(trust.caseKey(world.place)?.epoch).toBe(1);
    expect(trust.caseKey({ org: other.id, case: world.place.case })?.epoch).toBe(2);
    const byDesk = await makeCaseKey({ ...input, org: world.customer.id, maker: world.engineer.sign });
    expect((await open(byDesk.statement)).caseKey(world.place)?.epoch).toBe(2);
  });

  it("takes neither of two keys for one case epoch, one team epoch or one device", async () => {
    const rival = await makeCaseKey({ ...world.place, epoch: 1, created: AT, teams: [], maker: world.engineer.sign });
    expect((await open(rival.statement)).caseKey(world.place)).toBeUndefined();
    const [team] = world.deskTeam.id.split("#");
    const rivalTeam = await makeTeam(world.desk.id, world.desk.root, 1, team as `tea_${string}`);
    expect((await open(rivalTeam.statement)).team(world.desk.id, world.deskTeam.id)).toBeUndefined();
    const jwk = await publicJwk(await generateDeviceKey());
    const device = await signStatement(
      { v: 1, t: "device", created: AT, user: world.engineer.user, dev: world.member.dev, jwk },
      world.engineer.sign,
    );
    expect((await open(device)).device(world.member.dev)).toBeUndefined();
  });

  it("refuses a device that another person signed", async () => {
    const jwk = await publicJwk(await generateDeviceKey());
    const dev = newId("device");
    const device = await signStatement(
      { v: 1, t: "device", created: AT, user: world.desk.admin.user, dev, jwk },
      world.engineer.sign,
    );
    expect((await open(device)).device(dev)).toBeUndefined();
  });

  it("trusts nobody new in any heap made of changed statements", async () => {
    const names = [
      "org",
      "user",
      "role",
      "name",
      "created",
      "for",
      "until",
      "key",
      "sign",
      "hpke",
      "kind",
      "team",
      "case",
      "epoch",
    ];
    const mutated: unknown[] = [];
    for (const { body, sigs } of world.statements) {
      for (const name of names.filter((one) => one in body)) {
        const value = (body as unknown as Record<string, unknown>)[name];
        mutated.push({ body: { ...body, [name]: typeof value === "number" ? value + 1 : flip(String(value)) }, sigs });
        mutated.push({ body: { ...body, [name]: swap(name) }, sigs });
      }
    }
    const trust = await openTrust(mutated.concat(world.statements), world.pins, NOW);
    const clean = await open();
    expect(trust.orgs).toEqual(clean.orgs);
    for (const { id } of clean.orgs) expect(trust.people(id)).toEqual(clean.people(id));
    expect(trust.caseKey(world.place)).toEqual(clean.caseKey(world.place));
    expect(mutated.length).toBeGreaterThan(60);
  });

  function flip(text: string): string {
    const last = text.at(-1) === "A" ? "Q" : "A";
    return text.slice(0, -1) + last;
  }
  function swap(name: string): unknown {
    return (
      { role: "admin", for: "staff", kind: "desk", org: world.desk.id, user: world.desk.admin.user, epoch: 9 }[name] ??
      AT
    );
  }
});
