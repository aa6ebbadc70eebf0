import type { Leaf } from "@breakwater/ledger";
import { newId } from "@breakwater/wire";
import { describe, expect, it } from "vitest";
import { Alarms, DEFAULT_LIMITS, type AlarmName } from "./alarms.ts";

const org = newId("org");
const user = newId("user");
let at = Date.parse("2026-01-21T00:00:00.000Z");
let index = 0;

function raised(alarms: Alarms, t: Leaf["t"], more: Partial<Leaf> = {}, signed = true): AlarmName[] {
  at += 1000;
  const leaf: Leaf = { v: 1, t, org, ts: new Date(at).toISOString(), actor: { id: user, kind: "staff" }, ...more };
  return alarms.add({ org, index: index++, leaf, signed }).map(({ name }) => name);
}

describe("Alarms", () => {
  it("says nothing about ordinary work", () => {
    const alarms = new Alarms(org);
    const net = { ip: "x", pfx: "192.0.2.0/24" };
    for (const t of ["session.start", "file.list", "file.meta", "key.release", "session.end", "log.heartbeat"] as const)
      expect(raised(alarms, t, { net, file: newId("file") }), t).toEqual([]);
  });

  it("tells each thing that a customer wants to be woken for", () => {
    const alarms = new Alarms(org);
    for (const [t, name] of [
      ["grant.breakglass", "break-glass"],
      ["policy.change", "policy-changed"],
      ["config.change", "settings-changed"],
      ["key.revoke", "key-revoked"],
      ["key.shred", "shredded"],
      ["export.report", "exported"],
    ] as const)
      expect(raised(alarms, t)).toEqual([name]);
    expect(raised(alarms, "key.release", { file: newId("file") }, false)).toEqual(["opened-unsigned"]);
    expect(raised(alarms, "key.release", { file: newId("file"), actor: { id: user, kind: "service" } })).toEqual([
      "opened-by-service",
    ]);
  });

  it("tells an opening without approval only where approval is asked for, and not after it was given", () => {
    const [free, strict] = [new Alarms(org), new Alarms(org, { ...DEFAULT_LIMITS, approval: true })];
    const grant = newId("grant");
    expect(raised(free, "key.release", { file: newId("file"), grant })).toEqual([]);
    expect(raised(strict, "key.release", { file: newId("file"), grant })).toEqual(["opened-unapproved"]);
    raised(strict, "grant.approve", { grant });
    expect(raised(strict, "key.release", { file: newId("file"), grant })).toEqual([]);
  });

  it("counts different files of one person within an hour, once", () => {
    const alarms = new Alarms(org, { ...DEFAULT_LIMITS, openings: 3 });
    const open = (file: string, id = user) => raised(alarms, "key.release", { file, actor: { id, kind: "staff" } });
    const [a, b, c] = [newId("file"), newId("file"), newId("file")];
    expect([open(a), open(a), open(b), open(c, newId("user"))].flat()).toEqual([]);
    expect(open(c)).toEqual(["opened-many"]);
    expect(open(c)).toEqual([]);
    at += 3_600_000;
    expect([open(newId("file")), open(newId("file"))].flat()).toEqual([]);
  });

  it("tells a second network of a person, and silence once", () => {
    const alarms = new Alarms(org);
    expect(raised(alarms, "file.list", { net: { pfx: "192.0.2.0/24" } })).toEqual([]);
    expect(raised(alarms, "file.list", { net: { pfx: "203.0.113.0/24" } })).toEqual(["new-network"]);
    expect(raised(alarms, "file.list", { net: { pfx: "192.0.2.0/24" } })).toEqual([]);
    expect(alarms.tick(at + DEFAULT_LIMITS.silence)).toEqual([]);
    expect(alarms.tick(at + DEFAULT_LIMITS.silence + 1)).toMatchObject([{ name: "silence", index: null }]);
    expect(alarms.tick(at + 2 * DEFAULT_LIMITS.silence)).toEqual([]);
    raised(alarms, "log.heartbeat");
    expect(alarms.tick(at + DEFAULT_LIMITS.silence + 1)).toHaveLength(1);
  });
});
