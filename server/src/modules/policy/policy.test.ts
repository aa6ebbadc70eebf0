import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadRules } from "./cedar.ts";
import {
  createPolicy,
  type CaseFacts,
  type FileFacts,
  type GrantFacts,
  type PolicyRequest,
  type Subject,
} from "./index.ts";

const directory = join(import.meta.dirname, "../../../../content/policies");
const read = (name: string): string => readFileSync(join(directory, name), "utf8");
const policy = createPolicy(directory);

const now = 1_800_000_000_000;
const hour = 3_600_000;
const engineer: Subject = { user: "usr_e", org: "org_desk", kind: "staff", role: "engineer", suspended: false };
const colleague: Subject = { ...engineer, user: "usr_c" };
const customer: Subject = { user: "usr_k", org: "org_cust", kind: "customer", role: "member", suspended: false };
const stranger: Subject = { ...customer, user: "usr_s", org: "org_other" };
const service: Subject = { ...engineer, user: "usr_svc", kind: "service" };
const openCase: CaseFacts = {
  case: "cas_1",
  org: "org_cust",
  state: "open",
  sensitivity: "normal",
  assignees: ["usr_e"],
};
const closed: CaseFacts = { ...openCase, state: "closed" };
const file: FileFacts = {
  file: "fil_1",
  org: "org_cust",
  case: openCase,
  sealed: true,
  sanitised: true,
  fourEyes: false,
};
const grant: GrantFacts = {
  grantee: "usr_e",
  purpose: "diagnose",
  parts: ["index", "headers"],
  nbf: now - 1000,
  exp: now + hour,
  approvers: [],
};
const release = { action: "key.release", file, why: "diagnose", parts: ["index"], now, grant } as const;
const asks = { action: "grant.request", file, grant, now } as const;
const own = { action: "key.release", file, why: "own-file", parts: ["index"], now, grant: undefined } as const;

/** Who asks what, what is answered, and by which rule. */
const table: readonly (readonly [string, PolicyRequest, "allow" | "deny", string])[] = [
  ["an assigned engineer opens with a live grant", { ...release, subject: engineer }, "allow", "staff-open-with-grant"],
  ["a customer opens their own file", { ...own, subject: customer }, "allow", "customer-open-own-files"],
  [
    "a customer opens a case of their own",
    { action: "case.open", org: "org_cust", subject: customer },
    "allow",
    "customer-open-cases",
  ],
  [
    "a customer opens a case for somebody else",
    { action: "case.open", org: "org_other", subject: customer },
    "deny",
    "default-deny",
  ],
  ["an engineer opens a case", { action: "case.open", org: "org_cust", subject: engineer }, "deny", "default-deny"],
  [
    "an engineer reads a case of others",
    { action: "case.read", case: openCase, subject: colleague },
    "allow",
    "staff-read-cases",
  ],
  [
    "an engineer closes their case",
    { action: "case.close", case: openCase, subject: engineer },
    "allow",
    "staff-close-own-cases",
  ],
  [
    "a customer reads their case",
    { action: "case.read", case: openCase, subject: customer },
    "allow",
    "customer-own-cases",
  ],
  ["a customer reads their manifest", { action: "file.meta", file, subject: customer }, "allow", "customer-own-files"],
  [
    "an engineer requests a grant for a file of their own",
    { ...asks, grant: { ...grant, purpose: "own-file" }, subject: engineer },
    "deny",
    "grant-own-file-purpose",
  ],
  [
    "an engineer takes a case",
    { action: "case.assign", case: openCase, subject: colleague },
    "allow",
    "staff-take-cases",
  ],
  [
    "an engineer takes a closed case",
    { action: "case.assign", case: closed, subject: colleague },
    "deny",
    "closed-case",
  ],
  ["a customer takes a case", { action: "case.assign", case: openCase, subject: customer }, "deny", "default-deny"],
  [
    "an engineer closes a case that is not theirs",
    { action: "case.close", case: openCase, subject: colleague },
    "deny",
    "default-deny",
  ],
  [
    "a customer reads another's case",
    { action: "case.read", case: openCase, subject: stranger },
    "deny",
    "other-organisation-case",
  ],
  [
    "a customer uploads to another's case",
    { action: "file.upload", case: openCase, subject: stranger },
    "deny",
    "other-organisation-case",
  ],
  [
    "a customer uploads to a closed case",
    { action: "file.upload", case: closed, subject: customer },
    "deny",
    "closed-case",
  ],
  ["an engineer uploads", { action: "file.upload", case: openCase, subject: engineer }, "deny", "default-deny"],
  [
    "an engineer fetches a part",
    { action: "file.fetch", file, subject: engineer },
    "allow",
    "staff-read-assigned-files",
  ],
  ["an engineer fetches a part unassigned", { action: "file.fetch", file, subject: colleague }, "deny", "not-assigned"],
  [
    "an engineer reads a manifest unassigned",
    { action: "file.meta", file, subject: colleague },
    "deny",
    "not-assigned",
  ],
  [
    "a customer fetches another's file",
    { action: "file.fetch", file, subject: stranger },
    "deny",
    "other-organisation-file",
  ],
  ["an engineer requests a grant", { ...asks, subject: engineer }, "allow", "staff-request-grants"],
  [
    "an engineer requests a grant unassigned",
    { ...asks, grant: { ...grant, grantee: "usr_c" }, subject: colleague },
    "deny",
    "not-assigned",
  ],
  [
    "an engineer requests a grant for another",
    { ...asks, grant: { ...grant, grantee: "usr_c" }, subject: engineer },
    "deny",
    "grant-of-somebody-else",
  ],
  [
    "an engineer requests nine hours",
    { ...asks, grant: { ...grant, exp: now + 9 * hour }, subject: engineer },
    "deny",
    "grant-too-long",
  ],
  [
    "a quality reviewer requests bodies",
    { ...asks, grant: { ...grant, purpose: "quality", parts: ["responseBodies"] }, subject: engineer },
    "deny",
    "quality-reads-no-bodies",
  ],
  [
    "a customer requests a grant",
    { ...asks, grant: { ...grant, grantee: "usr_k" }, subject: customer },
    "deny",
    "default-deny",
  ],
  [
    "an unassigned engineer opens",
    { ...release, grant: { ...grant, grantee: "usr_c" }, subject: colleague },
    "deny",
    "not-assigned",
  ],
  ["an engineer opens without a grant", { ...release, grant: undefined, subject: engineer }, "deny", "grant-missing"],
  [
    "an engineer opens with another's grant",
    { ...release, grant: { ...grant, grantee: "usr_c" }, subject: engineer },
    "deny",
    "grant-of-somebody-else",
  ],
  [
    "an engineer opens after the grant",
    { ...release, grant: { ...grant, exp: now }, subject: engineer },
    "deny",
    "grant-not-live",
  ],
  [
    "an engineer opens before the grant",
    { ...release, grant: { ...grant, nbf: now + 1 }, subject: engineer },
    "deny",
    "grant-not-live",
  ],
  [
    "an engineer opens more than the grant names",
    { ...release, parts: ["index", "responseBodies"], subject: engineer },
    "deny",
    "grant-other-parts",
  ],
  [
    "an engineer opens for another purpose",
    { ...release, why: "security", subject: engineer },
    "deny",
    "grant-other-purpose",
  ],
  [
    "an engineer opens an unsanitised file",
    { ...release, file: { ...file, sanitised: false }, subject: engineer },
    "deny",
    "unsanitised-file",
  ],
  [
    "an engineer opens an unfinished file",
    { ...release, file: { ...file, sealed: false }, subject: engineer },
    "deny",
    "unfinished-file",
  ],
  [
    "an engineer opens a file of a closed case",
    { ...release, file: { ...file, case: closed }, subject: engineer },
    "deny",
    "closed-case-file",
  ],
  [
    "a customer opens their own file of a closed case",
    { ...own, file: { ...file, case: closed }, subject: customer },
    "allow",
    "customer-open-own-files",
  ],
  ["a customer opens another's file", { ...own, subject: stranger }, "deny", "other-organisation-file"],
  ["a customer opens for diagnosis", { ...own, why: "diagnose", subject: customer }, "deny", "default-deny"],
  [
    "a service account opens",
    {
      ...release,
      file: { ...file, case: { ...openCase, assignees: ["usr_svc"] } },
      grant: { ...grant, grantee: "usr_svc" },
      subject: service,
    },
    "deny",
    "services-never-read",
  ],
  ["a suspended engineer opens", { ...release, subject: { ...engineer, suspended: true } }, "deny", "suspended"],
  [
    "a suspended customer reads",
    { action: "case.read", case: openCase, subject: { ...customer, suspended: true } },
    "deny",
    "suspended",
  ],
  [
    "an engineer opens a four-eyes file alone",
    { ...release, file: { ...file, fourEyes: true }, subject: engineer },
    "deny",
    "four-eyes",
  ],
  [
    "an engineer approves their own four-eyes grant",
    { ...release, file: { ...file, fourEyes: true }, grant: { ...grant, approvers: ["usr_e"] }, subject: engineer },
    "deny",
    "four-eyes",
  ],
  [
    "an engineer opens a four-eyes file that a colleague approved",
    { ...release, file: { ...file, fourEyes: true }, grant: { ...grant, approvers: ["usr_c"] }, subject: engineer },
    "allow",
    "staff-open-with-grant",
  ],
];

describe("createPolicy()", () => {
  it.each(table)("%s", (_, request, dec, id) => {
    const decision = policy.decide(request);
    expect([decision.pol.dec, decision.allowed]).toEqual([dec, dec === "allow"]);
    expect(decision.pol.ids).toContain(id);
  });

  it("explains a denial with the rule's sentence and what would help", () => {
    const decision = policy.decide({ ...release, grant: { ...grant, exp: now }, subject: engineer });
    expect(decision).toMatchObject({ why: "The grant has expired, or has not begun.", help: "Request a new grant." });
  });

  it("names its set by a hash that changes with any rule", () => {
    expect(policy.set).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/);
    expect(loadRules(`${read("desk.cedar")}\n// a comment`, read("desk.cedarschema")).hash).not.toBe(policy.set);
  });

  it("has a line in this table for every rule", () => {
    const { rules } = loadRules(read("desk.cedar"), read("desk.cedarschema"));
    const used = new Set(table.flatMap(([, request]) => policy.decide(request).pol.ids));
    const unused = [...rules.keys()].filter((id) => !used.has(id));
    expect(unused).toEqual([]);
  });
});

describe("loadRules()", () => {
  const schema = read("desk.cedarschema");

  it("refuses a misspelt attribute", () => {
    expect(() => loadRules(read("desk.cedar").replace("resource.sanitised", "resource.sanitized"), schema)).toThrow(
      "sanitized",
    );
  });

  it("refuses an action that does not exist, a rule without an id, and one id twice", () => {
    expect(() =>
      loadRules('@id("a") @say("b") permit (principal, action == Action::"file.export", resource);', schema),
    ).toThrow("file.export");
    expect(() => loadRules("permit (principal, action, resource);", schema)).toThrow("@id");
    const rule = '@id("a") @say("b") forbid (principal, action, resource);';
    expect(() => loadRules(rule + rule, schema)).toThrow("Two policies");
  });

  it("loads the releaser's set as well", () => {
    expect(loadRules(read("releaser.cedar"), read("releaser.cedarschema")).rules.size).toBeGreaterThan(4);
  });
});
