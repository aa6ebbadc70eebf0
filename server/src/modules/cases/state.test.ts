import { schemas } from "@breakwater/contract";
import { describe, expect, it } from "vitest";
import type { Session } from "../../session.ts";
import { checkReopen, stateValues } from "./state.ts";
import type { CaseRecord } from "./store.ts";

const NOW = Date.parse("2026-03-01T00:00:00.000Z");
const DAY_MS = 86_400_000;
const record = (changes: Partial<CaseRecord>): CaseRecord =>
  ({ state: "open", waiting: null, closed: null, ...changes }) as CaseRecord;
const who = (orgKind: Session["orgKind"], role: Session["role"]): Session => ({ orgKind, role }) as Session;

describe("checkReopen()", () => {
  const closedFor = (days: number) => record({ state: "closed", closed: new Date(NOW - days * DAY_MS) });

  it("lets the customer open a closed case again for the days that there are for it", () => {
    const customer = who("customer", "member");
    expect(() => checkReopen(customer, closedFor(schemas.REOPEN_DAYS), NOW)).not.toThrow();
    expect(() => checkReopen(customer, closedFor(schemas.REOPEN_DAYS + 1), NOW)).toThrow(/14 days/);
  });

  it("lets leads and administrators of the desk do it at any time, and no engineer", () => {
    for (const role of ["lead", "admin"] as const)
      expect(() => checkReopen(who("desk", role), closedFor(400), NOW)).not.toThrow();
    expect(() => checkReopen(who("desk", "engineer"), closedFor(1), NOW)).toThrow(/again/);
    expect(() => checkReopen(who("desk", "engineer"), record({ state: "solved" }), NOW)).not.toThrow();
  });
});

describe("stateValues()", () => {
  it("keeps the place of a case that goes on waiting for the desk, and gives a new one to a case that begins to", () => {
    const since = new Date(NOW - DAY_MS);
    const now = new Date(NOW);
    expect(stateValues("waiting-desk", record({ waiting: since }), now).waiting).toEqual(since);
    expect(stateValues("waiting-desk", record({ state: "waiting-customer" }), now).waiting).toEqual(now);
    expect(stateValues("waiting-customer", record({ waiting: since }), now).waiting).toBeNull();
    expect(stateValues("closed", record({ waiting: since }), now)).toMatchObject({ waiting: null, closed: now });
    expect(stateValues("open", record({ closed: now }), now).closed).toBeNull();
  });
});
