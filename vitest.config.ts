import { defineConfig } from "vitest/config";

const NEVER = ["**/node_modules/**", "**/dist/**"];
/** Tests that kill, restart or attack whole programs: minutes, not seconds. */
const SYSTEM = ["testing/{crash,tamper}/**/*.test.ts", "{server,releaser}/**/crash.test.ts"];
const patient = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,storage,connectors,server,releaser,cli,tools,testing,web}/**/*.test.ts"],
          exclude: [...NEVER, ...SYSTEM, "**/*.browser.test.ts", "**/*.slow.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      // One after another: each starts servers and browsers of its own, and two cores are enough for one of them.
      { test: { name: "system", include: SYSTEM, exclude: NEVER, fileParallelism: false, ...patient } },
      {
        test: {
          name: "browser",
          include: ["**/*.browser.test.ts"],
          exclude: NEVER,
          fileParallelism: false,
          ...patient,
        },
      },
      // Hours: npm run test:slow.
      {
        test: {
          name: "slow",
          include: process.env["BREAKWATER_SLOW"] === "1" ? ["**/*.slow.test.ts"] : [],
          exclude: NEVER,
          ...patient,
        },
      },
    ],
  },
});
