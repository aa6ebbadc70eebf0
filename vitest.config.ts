import { defineConfig } from "vitest/config";

const slow = { testTimeout: 120_000, hookTimeout: 120_000 };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["{packages,storage,connectors}/**/*.test.ts", "{server,releaser,cli,tools,testing,web}/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.browser.test.ts", "**/*.slow.test.ts", "web/dist/**"],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: { name: "slow", include: process.env["BREAKWATER_SLOW"] === "1" ? ["**/*.slow.test.ts"] : [], exclude: ["**/node_modules/**"], ...slow },
      },
      {
        test: {
          name: "browser",
          include: ["**/*.browser.test.ts"],
          exclude: ["**/node_modules/**"],
          fileParallelism: false,
          ...slow,
        },
      },
    ],
  },
});
