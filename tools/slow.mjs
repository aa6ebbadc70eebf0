// npm run test:slow: the tests that take hours. BREAKWATER_FUZZ_CASES makes them shorter.
import { join } from "node:path";
import { ensureInstalled, root, runNode } from "./setup.mjs";

ensureInstalled();
const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
process.exit(
  runNode([vitest, "run", "--project", "slow", ...process.argv.slice(2)], {
    env: { ...process.env, BREAKWATER_SLOW: "1" },
  }),
);
