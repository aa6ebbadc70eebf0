import fc from "fast-check";
import type { Auth, CaseFacts, FileFacts, GrantFacts, Network, PolicyRequest, Subject, VendorFacts } from "../facts.ts";

/** Small worlds: few people, cases and networks, so that random questions often touch every rule. */
export const NOW = 1_800_000_000_000;
const people = ["engineer", "lead", "customer", "stranger"] as const;
const person = fc.constantFrom(...people);
const org = fc.constantFrom("desk", "buyer", "other");
const names = ["192.0.2.0/24", "AS64500", "AS64501"] as const;
const countries = ["NL", "JP"] as const;
const around = fc.integer({ min: -2, max: 10 }).map((hours) => NOW + hours * 3_600_000);
const some = <T>(items: readonly T[]): fc.Arbitrary<T[]> => fc.subarray([...items]);
/** More often than not what lets somebody through: otherwise every random question is denied by many rules at once. */
const mostly = <T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });

function known<T extends object, O extends object>(required: fc.Arbitrary<T>, optional: fc.Arbitrary<Partial<O>>) {
  return fc.tuple(required, optional).map(([a, b]) => ({ ...a, ...b }));
}

const network: fc.Arbitrary<Network> = known(
  fc.record({ prefix: fc.constant(names[0]), names: some(names), moved: mostly(false, true) }),
  fc.record(
    { asn: fc.constant(64500), country: fc.constantFrom(...countries), anonymiser: mostly(false, true) },
    { requiredKeys: [] },
  ),
);
const auth: fc.Arbitrary<Auth> = known(
  fc.record({ method: mostly<Auth["method"]>("passkey", "passphrase", "oidc", "token", "unknown") }),
  fc.record({ freshSeconds: fc.constantFrom(0, 300, 301) }, { requiredKeys: [] }),
);
const vendor: fc.Arbitrary<VendorFacts> = fc.record({
  vendor: fc.constantFrom("helpers", "others"),
  active: mostly(true, false),
  contractUntil: around,
  reviewBy: around,
  managedDevice: fc.boolean(),
  networks: some(names),
  countries: some(countries),
});
const subject: fc.Arbitrary<Subject> = known(
  fc.record({
    user: person,
    org,
    kind: mostly<Subject["kind"]>("staff", "customer", "service"),
    role: fc.constantFrom("admin", "lead", "engineer", "member", "auditor", "manager"),
    suspended: mostly(false, true),
    clearance: mostly<string[]>(["normal", "high", "restricted"], ["normal"]),
    teams: some(["one", "two"]),
    allowed: fc.record({ networks: mostly<string[]>([], ["AS64500"]), countries: mostly<string[]>([], ["NL"]) }),
    network,
    auth,
  }),
  fc.record({ vendor, jurisdictions: some(["NL", "JP"]), managedDevice: mostly(true, false) }, { requiredKeys: [] }),
);
const facts: fc.Arbitrary<CaseFacts> = known(
  fc.record({
    case: fc.constant("case"),
    org,
    state: mostly("open", "closed"),
    sensitivity: fc.constantFrom("normal", "high", "restricted"),
    jurisdiction: fc.constantFrom("NL", "JP"),
    hold: mostly(false, true),
    assignees: some(people),
  }),
  fc.record({ team: fc.constantFrom("one", "two") }, { requiredKeys: [] }),
);
const file: fc.Arbitrary<FileFacts> = facts.chain((of) =>
  fc.record({
    file: fc.constant("file"),
    org: fc.constant(of.org),
    case: fc.constant(of),
    sealed: mostly(true, false),
    sanitised: mostly(true, false),
    fourEyes: fc.boolean(),
    rules: fc.record({
      approve: fc.constantFrom("none" as const, "lead" as const, "customer" as const, "both" as const),
      breakGlass: fc.boolean(),
    }),
  }),
);
const parts = some(["index", "headers", "requestBodies", "responseBodies"]);
const purpose = mostly("diagnose", "quality", "own-file", "break-glass");
const grant: fc.Arbitrary<GrantFacts> = fc.record({
  grantee: person,
  purpose,
  parts,
  nbf: around,
  exp: around,
  leads: some(people),
  customers: some(people),
  denied: mostly(false, true),
  revoked: mostly(false, true),
});

type Of<K extends string> = Extract<PolicyRequest, Record<K, unknown>>;
const asked: fc.Arbitrary<Omit<PolicyRequest, "subject">> = fc.oneof(
  fc.record({
    action: fc.constantFrom<Of<"case">["action"]>(
      "case.read",
      "case.assign",
      "case.close",
      "case.hold",
      "case.shred",
      "file.upload",
    ),
    case: facts,
  }),
  fc.record({
    action: fc.constantFrom(
      "case.open" as const,
      "policy.propose" as const,
      "policy.approve" as const,
      "settings.change" as const,
    ),
    org,
  }),
  fc.record({ action: fc.constantFrom("file.meta" as const, "file.fetch" as const), file }),
  fc.record({
    action: fc.constantFrom(
      "grant.request" as const,
      "grant.approve" as const,
      "grant.deny" as const,
      "grant.revoke" as const,
      "grant.review" as const,
    ),
    file,
    grant,
  }),
  fc.record({
    action: fc.constant("key.release" as const),
    file,
    why: purpose,
    parts,
    grant: fc.option(grant, { nil: undefined }),
  }),
);

/** One of the table's bases, with some of what is known about the asker replaced: near the border between yes and no. */
export function near(bases: readonly PolicyRequest[]): fc.Arbitrary<PolicyRequest> {
  const members = [
    "user",
    "org",
    "kind",
    "role",
    "suspended",
    "clearance",
    "network",
    "auth",
    "vendor",
    "managedDevice",
  ] as const;
  return fc
    .tuple(fc.constantFrom(...bases), subject, fc.subarray([...members], { maxLength: 2 }))
    .map(([base, other, replaced]) => ({
      ...base,
      subject: {
        ...base.subject,
        ...Object.fromEntries(replaced.flatMap((name) => (other[name] === undefined ? [] : [[name, other[name]]]))),
      },
    }));
}

export const request: fc.Arbitrary<PolicyRequest> = fc
  .tuple(subject, asked)
  .map(([who, what]) => ({ ...what, subject: who, now: NOW }) as PolicyRequest);
