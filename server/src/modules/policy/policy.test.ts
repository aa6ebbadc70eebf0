import { describe, expect, it } from "vitest";
import { loadRules } from "./cedar.ts";
import { createPolicy } from "./index.ts";
import { directory, readPolicyFile, requestOf, table } from "./test/set.ts";

const policy = createPolicy(directory, () => 0);
const schema = readPolicyFile("desk.cedarschema");
const { rules } = loadRules(readPolicyFile("desk.cedar"), schema);

describe("createPolicy()", () => {
  it.each(table.cases)("$rule decides where it should, and is silent beside it", ({ rule, decides, silent }) => {
    const decision = policy.decide(requestOf(decides));
    expect(decision.pol.ids).toContain(rule);
    expect(decision.allowed).toBe(rules.get(rule)?.effect === "permit");
    expect(policy.decide(requestOf(silent)).pol.ids).not.toContain(rule);
  });

  it("has both situations in the table for every rule, and no situation for rules that are gone", () => {
    expect(table.cases.map(({ rule }) => rule).toSorted()).toEqual([...rules.keys()].toSorted());
  });

  it.each(Object.keys(table.bases))("allows the table's base: %s", (base) => {
    expect(policy.decide(requestOf({ base })).allowed).toBe(true);
  });

  it("explains a denial with the rule, its sentence, what would help, whom to ask and what to do", () => {
    expect(policy.decide(requestOf({ base: "engineer opens", with: { grant: null } }))).toMatchObject({
      rule: "grant-missing",
      why: "You have no grant for this file.",
      help: "Request a grant with a reason.",
      act: "request-grant",
    });
    expect(policy.decide(requestOf({ base: "engineer opens", with: { "file.fourEyes": true } }))).toMatchObject({
      rule: "four-eyes",
      who: "lead",
    });
    expect(policy.decide(requestOf({ base: "customer opens a case", with: { org: "stranger" } }))).toMatchObject({
      rule: "default-deny",
      why: "No rule allows this.",
    });
  });

  it("says with every rule that forbids what would help, or that nothing does", () => {
    const hopeless = [...rules].filter(([, { effect, help }]) => effect === "forbid" && help === undefined);
    expect(hopeless.map(([id]) => id)).toEqual([
      "services-decide-nothing",
      "other-organisation-case",
      "other-organisation-file",
      "grant-own-file-purpose",
      "quality-reads-no-bodies",
    ]);
  });

  it("names its set by a hash that changes with any rule", () => {
    expect(policy.set).toMatch(/^sha256:[A-Za-z0-9_-]{43}$/);
    expect(loadRules(`${readPolicyFile("desk.cedar")}\n// a comment`, schema).hash).not.toBe(policy.set);
  });
});

describe("[vault 34] loadRules() validates strictly", () => {
  const load = (text: string) => () => loadRules(text, schema);

  it("refuses a misspelt attribute", () => {
    expect(load(readPolicyFile("desk.cedar").replace("resource.sanitised", "resource.sanitized"))).toThrow("sanitized");
  });

  it("refuses an action that does not exist, a rule without an id, one id twice, and a helper that nobody is", () => {
    expect(load('@id("a") @say("b") permit (principal, action == Action::"file.export", resource);')).toThrow(
      "file.export",
    );
    expect(load("permit (principal, action, resource);")).toThrow("@id");
    const rule = '@id("a") @say("b") forbid (principal, action, resource);';
    expect(load(rule + rule)).toThrow("Two policies");
    expect(load(`@who("somebody") ${rule}`)).toThrow("somebody");
  });

  it("refuses a comparison of different types and an optional member that is not asked for first", () => {
    const rule = (condition: string): string =>
      `@id("a") @say("b") forbid (principal, action == Action::"key.release", resource) when { ${condition} };`;
    expect(load(rule('context.now == "noon"'))).toThrow("The policies cannot be used");
    expect(load(rule('context.network.country == "NL"'))).toThrow("country");
    expect(load(rule('context.network has country && context.network.country == "NL"'))).not.toThrow();
  });

  it("loads the releaser's set as well", () => {
    expect(
      loadRules(readPolicyFile("releaser.cedar"), readPolicyFile("releaser.cedarschema")).rules.size,
    ).toBeGreaterThan(4);
  });
});
