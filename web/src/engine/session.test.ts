import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Identity } from "@breakwater/seal";
import { IDLE_MS, Session } from "./session.ts";

const identity: Identity = {
  v: 1,
  user: `usr_${"a".repeat(26)}`,
  hpke: "A".repeat(43),
  sign: "A".repeat(43),
  teams: {},
  pins: ["A".repeat(43)],
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

test("Session drops the keys after 15 idle minutes, wipes the user key, and says so", async () => {
  const heard: string[] = [];
  const session = new Session((event) => heard.push(event.type));
  const userKey = new Uint8Array(32).fill(7);
  await session.open(identity, userKey);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(session.keys().identity.user).toBe(identity.user);
  vi.advanceTimersByTime(IDLE_MS - 1);
  expect(session.state().user).toBe(identity.user);
  vi.advanceTimersByTime(1);
  expect(() => session.keys()).toThrow(expect.objectContaining({ code: "engine.locked" }));
  expect(heard).toEqual(["unlocked", "locked"]);
  expect(userKey).toEqual(new Uint8Array(32));
});

test("Session still knows who signs after it locked, since acts are signed by the device", async () => {
  const session = new Session(() => undefined);
  expect(() => session.who()).toThrow(expect.objectContaining({ code: "engine.locked" }));
  await session.open(identity, new Uint8Array(32));
  session.lock("asked");
  expect(session.who()).toEqual({ user: identity.user, kind: "staff" });
});
