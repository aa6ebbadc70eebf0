import { expect, it } from "vitest";
import { report, sendLarge } from "./large.ts";

it("[vault 4] a recording is sent through the browser, also when its page is reloaded in the middle", async () => {
  const sent = await sendLarge(Number(process.env["BREAKWATER_LARGE_MB"] ?? 24), 60_000);
  console.log(report(sent));
  expect(sent.resumed).toBe(true);
  expect(sent.stored).toBeGreaterThan(sent.bytes / 4);
});
