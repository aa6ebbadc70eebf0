import { expect, it } from "vitest";
import { report, sendLarge } from "./large.ts";

it(
  "[vault 5] a recording of 1 GiB goes through the browser in bounded memory, reloaded in the middle",
  { timeout: 3_600_000 },
  async () => {
    const sent = await sendLarge(Number(process.env["BREAKWATER_LARGE_MB"] ?? 1074), 1_800_000);
    console.log(report(sent));
    // Resident memory of all renderers, garbage included: docs/adr/0020-memory-of-large-recordings.md.
    expect(sent.grown).toBeLessThan(700e6);
  },
);
