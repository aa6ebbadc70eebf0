import { expect, it } from "vitest";
import { report, sendLarge } from "./large.ts";

it(
  "[vault 5] a recording of 1 GiB goes through the browser with at most 300 MB more in its renderer",
  { timeout: 3_600_000 },
  async () => {
    const sent = await sendLarge(Number(process.env["BREAKWATER_LARGE_MB"] ?? 1074), 1_800_000);
    console.log(report(sent));
    expect(sent.grown).toBeLessThan(300e6);
  },
);
