import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadPolicy, type PolicyQuestion } from "./policy.ts";

const folder = join(import.meta.dirname, "../../content/policies");
const policy = loadPolicy(folder);
const text = readFileSync(join(folder, "releaser.cedar"), "utf8");
const sayings = new Map(
  [...text.matchAll(/@id\("([^"]+)"\)\s+@say\("([^"]+)"\)/gu)].map(([, id = "", say = ""]) => [id, say]),
);

type Change = Partial<Omit<PolicyQuestion, "actor" | "on">> & {
  readonly actor?: Partial<PolicyQuestion["actor"]>;
  readonly on?: Partial<PolicyQuestion["on"]>;
};
const staff: PolicyQuestion = {
  actor: { id: "engineer", org: "desk", kind: "staff", role: "engineer" },
  on: { type: "File", id: "file", org: "buyer" },
  why: "diagnose",
  parts: ["index"],
  purpose: "diagnose",
};
const own: Change = { actor: { org: "buyer", kind: "customer", role: "member" }, why: "own-file", purpose: undefined };
const messages: Change = { on: { type: "Case" }, why: "correspond", parts: ["messages"], purpose: undefined };
const question = ({ actor, on, ...rest }: Change): PolicyQuestion => ({
  ...staff,
  ...rest,
  actor: { ...staff.actor, ...actor },
  on: { ...staff.on, ...on },
});
const refusal = (change: Change): string | undefined => {
  try {
    policy.check(question(change));
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "thrown";
  }
};

/** For a rule that permits: what it lets through, and what it does not. */
const PERMITS: Readonly<Record<string, readonly [Change, Change]>> = {
  "releaser-staff-with-grant": [{}, { purpose: "security" }],
  "releaser-own-file": [own, { ...own, why: "diagnose" }],
  "releaser-messages": [messages, { ...messages, why: "diagnose" }],
};
/** For a rule that forbids: what it refuses with its sentence, and what beside it passes. */
const FORBIDS: Readonly<Record<string, readonly [Change, Change]>> = {
  "releaser-messages-other-organisation": [
    { ...messages, actor: { org: "stranger", kind: "customer", role: "member" } },
    { ...messages, actor: { org: "buyer", kind: "customer", role: "member" } },
  ],
  "releaser-other-organisation": [{ ...own, actor: { org: "stranger", kind: "customer", role: "member" } }, own],
  "releaser-known-kinds": [{ actor: { kind: "service" as "staff" } }, {}],
  "releaser-known-roles": [{ actor: { role: "auditor" } }, { actor: { role: "lead" } }],
  "releaser-quality-reads-no-bodies": [
    { why: "quality", purpose: "quality", parts: ["responseBodies"] },
    { why: "quality", purpose: "quality", parts: ["headers"] },
  ],
  "releaser-break-glass-role": [
    { why: "break-glass", purpose: "break-glass" },
    { why: "break-glass", purpose: "break-glass", actor: { role: "lead" } },
  ],
};

describe("the releaser's own rules", () => {
  it.each(Object.entries(PERMITS))("%s lets through what it should, and no more", (_, [through, not]) => {
    expect(refusal(through)).toBeUndefined();
    expect(refusal(not)).toBe("No rule of the releaser allows this.");
  });

  it.each(Object.entries(FORBIDS))("%s refuses what it should, and no more", (id, [refused, through]) => {
    expect(refusal(refused)).toBe(sayings.get(id));
    expect(refusal(through)).toBeUndefined();
  });

  it("each have both situations here", () => {
    expect([...Object.keys(PERMITS), ...Object.keys(FORBIDS)].toSorted()).toEqual([...sayings.keys()].toSorted());
  });
});
