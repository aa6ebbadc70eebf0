import type { Leaf } from "@breakwater/ledger";
import { newId } from "@breakwater/wire";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { scopeOf, Story, type Directory, type ScopeQuery } from "./index.ts";

const T0 = Date.parse("2026-01-21T00:00:00.000Z");
const MINUTE = 60_000;
const nobody: Directory = { vendorOf: () => undefined };
const everything = {
  people: [],
  devices: [],
  sessions: [],
  vendors: [],
  networks: [],
  from: T0,
  to: T0 + 1440 * MINUTE,
};

/** Writes leaves into logs as the server would, one clock for all. */
class Desk {
  readonly desk = newId("org");
  readonly logs = new Map<string, Leaf[]>();
  now = T0;

  leaf(org: string, user: string, t: Leaf["t"], more: Partial<Leaf> = {}): void {
    const leaf: Leaf = {
      v: 1,
      t,
      org,
      actor: { id: user, kind: "staff" },
      ts: new Date(this.now).toISOString(),
      net: { ip: "x", pfx: "198.51.100.0/24" },
      ...more,
    };
    this.logs.set(org, [...(this.logs.get(org) ?? []), leaf]);
    this.now += MINUTE;
  }

  customer(): { org: string; case: string; file: string } {
    const made = { org: newId("org"), case: newId("case"), file: newId("file") };
    this.leaf(made.org, newId("user"), "case.open", { case: made.case });
    this.leaf(made.org, newId("user"), "file.finish", { case: made.case, file: made.file, man: "m" });
    return made;
  }

  release(place: { org: string; case: string; file?: string }, user: string, more: Partial<Leaf> = {}): void {
    this.leaf(place.org, user, "key.release", {
      ...place,
      parts: ["index"],
      pol: { set: "sha256:a", ids: ["p"], dec: "allow" },
      ...more,
    });
  }

  ask(query: Partial<ScopeQuery>, directory = nobody) {
    const story = new Story();
    // The desk's log last: who the sessions belong to is told there.
    const orgs = [...this.logs.keys()].sort((one) => (one === this.desk ? 1 : -1));
    for (const org of orgs)
      for (const [index, leaf] of (this.logs.get(org) ?? []).entries()) story.add({ org, index, leaf });
    return scopeOf(story, { ...everything, to: this.now, ...query }, orgs, directory);
  }
}

describe("scopeOf", () => {
  it("tells two that were opened from many that could have been, as in January 2022", () => {
    const desk = new Desk();
    const engineer = newId("user");
    const vendor = `ven_${"a".repeat(25)}a`;
    const customers = Array.from({ length: 366 }, () => desk.customer());
    for (const place of customers) desk.leaf(place.org, engineer, "case.assign", { case: place.case });
    const from = desk.now;
    for (const place of customers.slice(10, 12)) desk.release(place, engineer);
    desk.customer();
    const report = desk.ask(
      { vendors: [vendor], from },
      { vendorOf: (user) => (user === engineer ? vendor : undefined) },
    );
    const of = (verdict: string) => report.customers.filter((one) => one.verdict === verdict).map(({ org }) => org);
    expect(new Set(of("confirmed"))).toEqual(new Set([customers[10]?.org, customers[11]?.org]));
    expect(of("potential")).toHaveLength(364);
    expect(of("none")).toHaveLength(1);
  });

  it("counts a release however it was reached, and nothing else as opened", () => {
    const desk = new Desk();
    const [user, place] = [newId("user"), desk.customer()];
    for (const t of ["file.list", "file.meta", "file.fetch", "export.report"] as const)
      desk.leaf(place.org, user, t, { ...place, n: 3 });
    desk.leaf(place.org, user, "key.deny", place);
    const before = desk.ask({ people: [user] }).customers[0];
    expect(before).toMatchObject({ verdict: "listed", files: [] });
    expect([before?.listed.length, before?.refused.length]).toEqual([4, 1]);
    desk.release({ org: place.org, case: place.case }, user, { parts: ["messages"] });
    expect(desk.ask({ people: [user] }).customers[0]).toMatchObject({
      verdict: "confirmed",
      files: [{ case: place.case, file: null, opened: [{ t: "key.release", parts: ["messages"] }] }],
    });
  });

  it("follows a device and a network through its sessions, and only while they lived", () => {
    const desk = new Desk();
    const [user, dev, ses] = [newId("user"), newId("device"), "s".repeat(43)];
    const [early, late] = [desk.customer(), desk.customer()];
    desk.leaf(desk.desk, user, "session.start", {
      ses,
      actor: { id: user, kind: "staff", dev },
      net: { pfx: "203.0.113.0/24" },
    });
    desk.leaf(early.org, user, "case.assign", { case: early.case });
    desk.release(early, user, { ses });
    desk.leaf(desk.desk, user, "session.end", { ses });
    desk.leaf(late.org, user, "case.assign", { case: late.case });
    for (const query of [{ devices: [dev] }, { sessions: [ses] }]) {
      const verdicts = new Map(desk.ask(query).customers.map(({ org, verdict }) => [org, verdict]));
      expect(verdicts.get(early.org)).toBe("confirmed");
      expect(verdicts.get(late.org)).toBe("none");
    }
    expect(desk.ask({ people: [user] }).customers.find(({ org }) => org === late.org)?.verdict).toBe("potential");
  });

  it("ends reach with unassignment, closing, shredding and deletion", () => {
    for (const [t, more] of [
      ["case.unassign", {}],
      ["case.close", {}],
      ["key.shred", {}],
      ["file.delete", { file: true }],
    ] as const) {
      const desk = new Desk();
      const [user, place] = [newId("user"), desk.customer()];
      desk.leaf(place.org, user, "case.assign", { case: place.case });
      desk.leaf(place.org, user, t, { case: place.case, ...("file" in more ? { file: place.file } : {}) });
      const after = desk.now;
      desk.now += MINUTE;
      expect(desk.ask({ people: [user], from: after }).customers[0]?.verdict, t).toBe("none");
      expect(desk.ask({ people: [user] }).customers[0]?.verdict, t).toBe("potential");
    }
  });

  it("names whom a case was given to, not who gave it", () => {
    const desk = new Desk();
    const [lead, engineer, place] = [newId("user"), newId("user"), desk.customer()];
    desk.leaf(place.org, lead, "case.assign", { case: place.case, what: engineer });
    expect(desk.ask({ people: [lead] }).customers[0]?.verdict).toBe("none");
    expect(desk.ask({ people: [engineer] }).customers[0]?.verdict).toBe("potential");
  });

  it("confirms exactly the releases of a window, whatever else is in the logs", () => {
    const act = fc.record({ who: fc.nat(3), where: fc.nat(4), release: fc.boolean() });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 60 }), fc.nat(60), fc.nat(60), (acts, a, b) => {
        const desk = new Desk();
        const users = Array.from({ length: 4 }, () => newId("user"));
        const places = Array.from({ length: 5 }, () => desk.customer());
        const began = desk.now;
        const expected = new Set<string>();
        const [from, to] = [began + Math.min(a, b) * MINUTE, began + (Math.max(a, b) + 1) * MINUTE];
        for (const { who, where, release } of acts) {
          const [user, place] = [users[who] ?? "", places[where] ?? places[0]];
          if (place === undefined) continue;
          if (release && who === 0 && desk.now >= from && desk.now < to) expected.add(place.org);
          if (release) desk.release(place, user);
          else desk.leaf(place.org, user, "file.list", { n: 1 });
        }
        const confirmed = desk
          .ask({ people: [users[0] ?? ""], from, to })
          .customers.filter(({ verdict }) => verdict === "confirmed");
        expect(new Set(confirmed.map(({ org }) => org))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("refuses a question that names nobody, or what no log names", () => {
    const desk = new Desk();
    expect(() => desk.ask({})).toThrow("Name whose access");
    expect(() => desk.ask({ people: ["somebody"] })).toThrow("is not a person");
    expect(() => desk.ask({ people: [newId("user")], to: T0 })).toThrow("time window");
  });
});
