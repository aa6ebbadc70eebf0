import type { Leaf } from "@breakwater/ledger";
import {
  BREAK_GLASS,
  ROLES,
  grantHash,
  verifyApproval,
  verifyGrant,
  type Grant,
  type Person,
  type ReleaseRequest,
  type Role,
  type SettingsBody,
  type SignedApproval,
  type Trust,
} from "@breakwater/seal";
import { ReleaserError } from "./error.ts";
import { refuseAs } from "./logged.ts";
import type { Use } from "./state.ts";

interface Asked {
  readonly leaf: Leaf;
  readonly request: ReleaseRequest;
}

/** Staff need a grant that they signed for; a customer's own people need none, and then may not name one. */
export async function checkGrant(
  { leaf, request }: Asked,
  actor: Person,
  trust: Trust,
  { now, known }: { readonly now: number; readonly known: KnownSettings },
): Promise<Use | undefined> {
  const signed = request.grant;
  if (request.messages) {
    if (signed) throw new ReleaserError("release.grant", "Messages are read without a grant.");
    return undefined;
  }
  if (actor.org !== trust.desk.id) {
    if (signed || leaf.grant !== undefined)
      throw new ReleaserError("release.grant", "A customer's own people open their files without a grant.");
    return undefined;
  }
  if (!signed) throw new ReleaserError("release.grant", "Staff need a grant to open a file. Request one first.");
  const { grant } = signed;
  const fits =
    grant.id === leaf.grant &&
    grant.org === leaf.org &&
    grant.case === leaf.case &&
    grant.file === leaf.file &&
    grant.grantee === actor.user &&
    rolesOf(leaf).every((role) => grant.parts.includes(role));
  if (!fits)
    throw new ReleaserError(
      "release.grant",
      `The grant ${grant.id} is for another file, other parts or another person.`,
    );
  const device = trust.device(signed.dev);
  if (device?.person.user !== grant.grantee)
    throw new ReleaserError("release.grant", `The grant ${grant.id} is signed by a device that is not its grantee's.`);
  await refuseAs("release.grant", () => verifyGrant(signed, device.jwk));
  if (now < Date.parse(grant.nbf) || now >= Date.parse(grant.exp)) {
    throw new ReleaserError(
      "release.grantExpired",
      `The grant ${grant.id} is valid from ${grant.nbf} to ${grant.exp} only. Request a new one.`,
    );
  }
  await checkApprovals(grant, request.approvals ?? [], { actor, trust, now, known });
  return { id: grant.id, hash: grantHash(grant), max: grant.max };
}

/** What this releaser was told of an organisation's settings before. */
type KnownSettings = (org: string) => Demand | undefined;
type Demand = Pick<SettingsBody, "org" | "created" | "approve" | "breakGlass">;
interface Judging {
  readonly known: KnownSettings;
  readonly actor: Person;
  readonly trust: Trust;
  readonly now: number;
}
/** Clocks of approvers, as for acts. */
const SKEW_MS = 60_000;

/** Protocol 11: what the customer's newest settings demand. The server's word about an approval counts for nothing. */
async function checkApprovals(grant: Grant, approvals: readonly SignedApproval[], judging: Judging): Promise<void> {
  const { actor, trust } = judging;
  const settings = demandOf(grant.org, judging) ?? demandOf(trust.desk.id, judging);
  if (grant.purpose === BREAK_GLASS) {
    if (settings?.breakGlass === false)
      throw new ReleaserError("release.approval", "This customer does not allow opening without its approval.");
    if (actor.role !== "admin" && actor.role !== "lead")
      throw new ReleaserError("release.approval", "Only the desk's leads and administrators open in an emergency.");
    return;
  }
  const demand = settings?.approve ?? "none";
  const sides = new Set<Side>();
  for (const approval of approvals) sides.add(await sideOf(approval, grant, judging));
  const missing = DEMANDS[demand].find((side) => !sides.has(side));
  if (missing === undefined) return;
  throw new ReleaserError(
    "release.approval",
    missing === "lead"
      ? "A lead of the desk must approve this opening, and nobody has."
      : "The customer must approve this opening, and nobody there has.",
  );
}

/** The organisation's own newest word, of the request and of before: a server that leaves it out changes nothing. */
function demandOf(org: string, { trust, known }: Judging): Demand | undefined {
  const [said, before] = [trust.settings(org), known(org)];
  if (said?.org !== org) return before;
  return before && before.created > said.created ? before : said;
}

type Side = "lead" | "customer";
const DEMANDS = {
  none: [],
  lead: ["lead"],
  customer: ["customer"],
  both: ["lead", "customer"],
} as const satisfies Record<string, readonly Side[]>;

/** For which side somebody approved. One that does not hold refuses the whole: nobody sends it by mistake. */
async function sideOf(signed: SignedApproval, grant: Grant, { actor, trust, now }: Judging): Promise<Side> {
  const { approval } = signed;
  const refuse = (why: string): ReleaserError =>
    new ReleaserError("release.approval", `The approval by ${approval.by} ${why}.`);
  if (approval.grant !== grantHash(grant)) throw refuse("is for another grant, or the grant was changed");
  if (approval.dec !== "allow") throw refuse("is a denial");
  if (approval.by === actor.user) throw refuse("is by the person who opens");
  const at = Date.parse(approval.at);
  if (at < Date.parse(grant.at) - SKEW_MS || at > now + SKEW_MS)
    throw refuse("was made before the grant, or in the future");
  const person = trust.person(approval.by);
  if (!person || !trust.mayAct(approval.by, "dev" in signed ? signed.dev : undefined))
    throw refuse("is by somebody who may not act");
  await refuseAs("release.approval", () => verifyApproval(signed, trust));
  const { role } = person;
  if (person.org === trust.desk.id && person.vendor === undefined && (role === "admin" || role === "lead")) {
    if (!("assertion" in signed)) throw refuse("is not by a passkey");
    return "lead";
  }
  if (person.org === grant.org && (role === "admin" || role === "member")) return "customer";
  throw refuse("is by somebody who may not approve it");
}

export function rolesOf(leaf: Leaf): readonly Role[] {
  const roles: readonly string[] = ROLES;
  const parts = leaf.parts ?? [];
  return parts.every((part): part is Role => roles.includes(part)) ? parts : [];
}
