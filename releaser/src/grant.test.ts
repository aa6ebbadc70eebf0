import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  generateDeviceKey,
  signApproval,
  signStatement,
  type Grant,
  type SignedApproval,
  type SignedGrant,
  type Statement,
} from "@breakwater/seal";
import { approvalOf, assertWith, makePasskey, roleOf, settingsOf, type Passkey } from "../test/approving.ts";
import { codeOf, RunningReleaser } from "../test/running.ts";
import { asJson, logOpening, makeGrant, makeOpening, makeWorld, type World } from "../test/world.ts";

let releaser: RunningReleaser;
let world: World;
let passkey: Passkey;
let grant: SignedGrant;
let demands: Readonly<Record<"none" | "lead" | "customer" | "both" | "strict", Statement>>;
let leadRole: Statement;
let seen = 0;

beforeAll(async () => {
  releaser = await RunningReleaser.start();
  world = await makeWorld(releaser);
  passkey = await makePasskey(world.other.user, world.other.sign);
  leadRole = await roleOf(world, world.other.user, "lead");
  grant = await makeGrant(world);
  const settings = (approve: "none" | "lead" | "customer" | "both", breakGlass = true) =>
    settingsOf(world.org, world.customerKey, { approve, breakGlass });
  demands = {
    none: await settings("none"),
    lead: await settings("lead"),
    customer: await settings("customer"),
    both: await settings("both"),
    strict: await settings("none", false),
  };
}, 60_000);
afterAll(() => releaser.stop());

interface Asking {
  readonly approvals?: readonly SignedApproval[];
  readonly more?: readonly Statement[];
  readonly of?: SignedGrant;
  readonly by?: World["engineer"];
}

/** Opens under the customer's demand, with these approvals. */
async function ask(
  demand: keyof typeof demands,
  { approvals = [], more = [leadRole, passkey.statement], of = grant, by }: Asking = {},
): Promise<string> {
  const opening = await makeOpening(world, of, { why: of.grant.purpose }, by);
  const request = await logOpening(world, { ...opening, approvals }, seen);
  const statements = [...request.statements, ...[demands[demand], ...more].map(asJson)];
  const answer = await releaser.release({ ...request, statements });
  if (!("code" in answer)) seen = world.log.tiles.size;
  return codeOf(answer);
}
const byLead = (changes = {}, of = grant): SignedApproval =>
  assertWith(passkey, approvalOf(of, world.other.user, changes));
const byCustomer = (changes = {}, of = grant): Promise<SignedApproval> =>
  signApproval(approvalOf(of, world.customer.user, changes), world.customer.dev, world.customer.device);

describe("checkGrant() demands what the customer's settings ask for", () => {
  it("nobody's approval, a lead's by passkey, the customer's by device, or both", async () => {
    expect(await ask("none")).toBe("released");
    expect(await ask("lead")).toBe("release.approval");
    expect(await ask("lead", { approvals: [byLead()] })).toBe("released");
    expect(await ask("lead", { approvals: [await byCustomer()] })).toBe("release.approval");
    expect(await ask("customer", { approvals: [byLead()] })).toBe("release.approval");
    expect(await ask("customer", { approvals: [await byCustomer()] })).toBe("released");
    expect(await ask("both", { approvals: [byLead()] })).toBe("release.approval");
    expect(await ask("both", { approvals: [await byCustomer()] })).toBe("release.approval");
    expect(await ask("both", { approvals: [byLead(), await byCustomer()] })).toBe("released");
  });

  it("the desk's own settings where a customer has none", async () => {
    const desk = await settingsOf(world.deskOrg, world.admin, { approve: "lead", breakGlass: true });
    const opening = await makeOpening(world, grant);
    const request = await logOpening(world, opening, seen);
    const answer = await releaser.release({
      ...request,
      statements: [...request.statements, ...[desk, leadRole, passkey.statement].map(asJson)],
    });
    expect(codeOf(answer)).toBe("release.approval");
  });
});

describe("[vault 27] checkGrant() refuses", () => {
  const refused = async (approvals: readonly SignedApproval[], asking: Asking = {}): Promise<void> =>
    expect(await ask("lead", { ...asking, approvals })).toBe("release.approval");

  it("an approval of another grant, of a changed grant, and one that was changed to allow", async () => {
    const other = await makeGrant(world);
    await refused([byLead({}, other)]);
    const denied = byLead({ dec: "deny" });
    await refused([denied]);
    await refused([{ ...denied, approval: { ...denied.approval, dec: "allow" } }]);
  });

  it("self-approval, also by somebody who is a lead", async () => {
    const own = await makeGrant(world, { grantee: world.other.user }, world.other);
    await refused([byLead({}, own)], { of: own, by: world.other });
  });

  it("an approval by somebody who is no lead, whose role was taken away, or who is suspended", async () => {
    await refused([byLead()], { more: [passkey.statement] });
    const demoted = await signStatement(
      {
        v: 1,
        t: "role",
        created: new Date(Date.now() - 5000).toISOString(),
        org: world.deskOrg,
        user: world.other.user,
        role: "engineer",
      },
      world.admin,
    );
    await refused([byLead()], { more: [leadRole, passkey.statement, demoted] });
  });

  it("a lead's approval by device instead of passkey, by an unknown passkey, and a forged one", async () => {
    const { user, dev, device } = world.other;
    await refused([await signApproval(approvalOf(grant, user), dev, device)]);
    await refused([byLead()], { more: [leadRole] });
    const forged = await makePasskey(user, world.other.sign);
    await refused([assertWith(forged, approvalOf(grant, user))]);
    expect(
      await ask("customer", {
        approvals: [
          await signApproval(approvalOf(grant, world.customer.user), world.customer.dev, await generateDeviceKey()),
        ],
      }),
    ).toBe("release.approval");
  });

  it("an approval from before the grant, and one from the future", async () => {
    await refused([byLead({ at: new Date(Date.now() - 120_000).toISOString() })]);
    await refused([byLead({ at: new Date(Date.now() + 120_000).toISOString() })]);
  });
});

describe("checkGrant() in an emergency", () => {
  const emergency = (changes: Partial<Grant> = {}, by = world.other): Promise<SignedGrant> =>
    makeGrant(
      world,
      {
        purpose: "break-glass",
        grantee: by.user,
        nbf: new Date(Date.now() - 1000).toISOString(),
        exp: new Date(Date.now() + 3_500_000).toISOString(),
        ...changes,
      },
      by,
    );

  it("needs no approval from a lead, unless the customer does not allow it", async () => {
    const of = await emergency();
    expect(await ask("both", { of, by: world.other })).toBe("released");
    expect(await ask("strict", { of, by: world.other })).toBe("release.approval");
  });

  it("is not for engineers, and not for longer than an hour", async () => {
    const engineer = await emergency({ grantee: world.engineer.user }, { ...world.other, ...world.engineer });
    expect(await ask("none", { of: engineer })).toBe("release.approval");
    const long = await emergency({ exp: new Date(Date.now() + 7_200_000).toISOString() });
    expect(await ask("none", { of: long, by: world.other })).toBe("request.invalid");
  });
});

describe("release() takes an act once", () => {
  it("also when the log holds it twice", async () => {
    const opening = await makeOpening(world, grant);
    expect(codeOf(await releaser.release(await logOpening(world, opening, seen)))).toBe("released");
    seen = world.log.tiles.size;
    const again = { ...opening, leaf: { ...opening.leaf, ts: new Date(Date.now() + 1).toISOString() } };
    expect(codeOf(await releaser.release(await logOpening(world, again, seen)))).toBe("release.replayed");
  });
});

describe("what an organisation demanded before", () => {
  it("holds when a request leaves it out or shows an older word, also after a restart", async () => {
    const known = [...world.statements, demands.lead].map(asJson);
    expect((await releaser.post("/v1/standing", { statements: known })).status).toBe(200);
    const without = async (more: readonly Statement[] = []): Promise<string> => {
      const request = await logOpening(world, await makeOpening(world, grant), seen);
      const answer = await releaser.release({
        ...request,
        statements: [...request.statements, ...more.map(asJson)],
      });
      if (!("code" in answer)) seen = world.log.tiles.size;
      return codeOf(answer);
    };
    const older = await signStatement(
      {
        v: 1,
        t: "settings",
        created: new Date(Date.now() - 3_600_000).toISOString(),
        org: world.org,
        approve: "none",
        breakGlass: true,
        notify: [],
      },
      world.customerKey,
    );
    expect(await without()).toBe("release.approval");
    expect(await without([older])).toBe("release.approval");
    await releaser.stop();
    releaser = await RunningReleaser.start(releaser.directory);
    expect(await without([older])).toBe("release.approval");
    expect(await ask("lead", { approvals: [byLead()] })).toBe("released");
  });
});
