import { expect, test } from "vitest";
import { strengthOf, suggestPassphrase } from "./strength.ts";

test("strengthOf refuses what is short, repeated, in a row, or built on a common word", () => {
  expect(strengthOf("k7!Qz").hint).toBe("short");
  expect(strengthOf("aaaaaaaaaaaaaaaaaaaa").enough).toBe(false);
  expect(strengthOf("abcdefghijklmnopqrstuvwxyz").enough).toBe(false);
  expect(strengthOf("Breakwater2026!").enough).toBe(false);
  expect(strengthOf("correct horse").enough).toBe(false);
});

test("strengthOf accepts unrelated words, and random characters", () => {
  expect(strengthOf("orbit velvet harbour tulip marble kettle").hint).toBe("strong");
  expect(strengthOf("k7mq-2xvd-9rte-hw4c-3fjp").enough).toBe(true);
  expect(strengthOf("青い鯨が静かな港で泳いでいる").enough).toBe(true);
});

test("suggestPassphrase makes a strong one of an alphabet whose letters cannot be confused", () => {
  const suggestion = suggestPassphrase();
  expect(suggestion).toMatch(/^([a-km-np-z2-9]{4}-){4}[a-km-np-z2-9]{4}$/);
  expect(strengthOf(suggestion).enough).toBe(true);
  expect(suggestPassphrase()).not.toBe(suggestion);
});
