import type { FastifyRequest } from "fastify";
import { expect, it } from "vitest";
import { managedDevices } from "./managed.ts";

const from = (remoteAddress: string, headers: Record<string, string> = {}) =>
  ({ headers, socket: { remoteAddress } }) as unknown as FastifyRequest;

it("[vault 40] managedDevices: believes the header from a trusted proxy only, and says when somebody else sends it", () => {
  const said: string[] = [];
  const managed = managedDevices(
    { trustedProxies: ["10.0.0.0/24", "fd00::1"], managedHeader: "x-client-verified" },
    (message) => said.push(message),
  );
  const yes = { "x-client-verified": "SUCCESS" };
  expect(managed(from("10.0.0.7", yes))).toBe(true);
  expect(managed(from("::ffff:10.0.0.7", yes))).toBe(true);
  expect(managed(from("fd00::1", yes))).toBe(true);
  expect(managed(from("10.0.0.7"))).toBe(false);
  expect(managed(from("10.0.0.7", { "x-client-verified": "FAILED:expired" }))).toBe(false);
  expect(said).toEqual([]);
  expect(managed(from("192.0.2.1", yes))).toBe(false);
  expect(managed(from("fd00::2", yes))).toBe(false);
  expect(said).toHaveLength(2);
  expect(said[0]).toContain("192.0.2.1");
});

it("managedDevices: knows nothing of devices where no header is configured", () => {
  const managed = managedDevices({ trustedProxies: ["10.0.0.7"], managedHeader: undefined }, () => undefined);
  expect(managed(from("10.0.0.7", { "x-client-verified": "SUCCESS" }))).toBe(null);
});
