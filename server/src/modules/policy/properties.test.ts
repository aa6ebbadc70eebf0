import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadRules } from "./cedar.ts";
import { decideBy } from "./decide.ts";
import { questionOf } from "./request.ts";
import { actionGroups, referenceDecision } from "./test/reference.ts";
import { near, NOW, request } from "./test/random.ts";
import { readPolicyFile, requestOf, table } from "./test/set.ts";

const schema = readPolicyFile("desk.cedarschema");
const rules = loadRules(readPolicyFile("desk.cedar"), schema);
const policies = [...rules.rules.values()].map(({ text }) => {
  const parsed = cedar.policyToJson(text);
  if (parsed.type === "failure") throw new Error(parsed.errors[0]?.message);
  return parsed.json;
});
const groups = actionGroups(schema);
const bases = Object.keys(table.bases).map((base) => requestOf({ base }));

describe("[vault 35] the engine and a second evaluator, written apart in TypeScript, agree", () => {
  it("on the table's situations", () => {
    for (const { decides, silent } of table.cases) {
      for (const situation of [decides, silent]) {
        const question = questionOf(requestOf(situation), NOW);
        const { decision, ids } = rules.ask(question);
        expect(referenceDecision(policies, question, groups)).toEqual({ decision, ids: [...ids].toSorted() });
      }
    }
  });

  it("on random questions, by decision and by every rule that decided", () => {
    const seen = { allow: 0, deny: 0 };
    fc.assert(
      fc.property(fc.oneof(request, near(bases)), (asked) => {
        const question = questionOf(asked, NOW);
        const { decision, ids } = rules.ask(question);
        seen[decision]++;
        expect(referenceDecision(policies, question, groups)).toEqual({ decision, ids: [...ids].toSorted() });
      }),
      { numRuns: 4000 },
    );
    expect(seen.allow).toBeGreaterThan(500);
  });
});

describe("[vault 34] whatever the grants, and wherever from", () => {
  const services = request.map((asked) => ({ ...asked, subject: { ...asked.subject, kind: "service" as const } }));
  const decides = (action: string): boolean =>
    action === "key.release" ||
    action.startsWith("grant.") ||
    action.startsWith("policy.") ||
    action === "settings.change";

  it("a service account never opens, holds or approves a grant, or changes rules", () => {
    fc.assert(
      fc.property(services, (asked) => {
        fc.pre(decides(asked.action) || asked.action === "file.fetch");
        expect(decideBy(rules, asked, NOW)).toMatchObject({ allowed: false });
        expect(decideBy(rules, asked, NOW).pol.ids).toContain("services-decide-nothing");
      }),
      { numRuns: 1500 },
    );
  });

  it("nobody opens without a grant of their own, outside its time, or a stranger's file", () => {
    fc.assert(
      fc.property(request, (asked) => {
        fc.pre(asked.action === "key.release");
        if (asked.action !== "key.release" || !decideBy(rules, asked, NOW).allowed) return;
        const { subject, grant, file } = asked;
        expect(subject.suspended).toBe(false);
        if (subject.kind === "customer") expect(file.org).toBe(subject.org);
        else {
          expect(grant?.grantee).toBe(subject.user);
          expect(grant !== undefined && grant.nbf <= NOW && NOW < grant.exp).toBe(true);
          expect([grant?.denied, grant?.revoked]).toEqual([false, false]);
        }
      }),
      { numRuns: 1500 },
    );
  });

  it("the rules that forbid are never weakened by more permission: adding any permit changes no denial by a rule", () => {
    const wider = loadRules(
      `${readPolicyFile("desk.cedar")}\n@id("everything") @say("All is allowed.") permit (principal, action, resource);`,
      schema,
    );
    fc.assert(
      fc.property(request, (asked) => {
        const before = decideBy(rules, asked, NOW);
        if (before.allowed || before.rule === "default-deny") return;
        expect(decideBy(wider, asked, NOW).pol.ids).toEqual(before.pol.ids);
      }),
      { numRuns: 1000 },
    );
  });
});
