// npm run ok: the one gate. Stops at the first step that fails and says how long each took.
import { ensureInstalled, root, runNode } from "./setup.mjs";
import { join } from "node:path";

ensureInstalled();
const bin = (name) => join(root, "node_modules", name);
const code = ["packages", "storage", "server", "releaser", "web", "cli", "testing", "bench", "tools"];
const steps = [
  ["build", ["tools/build.mjs"]],
  ["types", [bin("typescript/bin/tsc"), "-p", "tsconfig.json"]],
  ["types of pure packages in a browser", [bin("typescript/bin/tsc"), "-p", "tsconfig.browser.json"]],
  ["types of what drives a browser", [bin("typescript/bin/tsc"), "-p", "tsconfig.tests.json"]],
  ["types of the web", [bin("typescript/bin/tsc"), "-p", "web/tsconfig.json"]],
  ["lint", [bin("oxlint/bin/oxlint"), "--type-aware", "--deny-warnings", ...code]],
  ["format", [bin("oxfmt/bin/oxfmt"), "--check", ...code]],
  ["layers", ["tools/layers.ts"]],
  ["dead code", [bin("knip/bin/knip.js"), "--no-progress"]],
  ["tests", ["tools/test.mjs", "--project", "unit"]],
];
for (const [name, args] of steps) {
  const began = Date.now();
  const status = runNode(["--disable-warning=ExperimentalWarning", ...args]);
  const seconds = ((Date.now() - began) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`not ok: ${name} (${seconds} s)`);
    process.exit(status);
  }
  console.log(`ok: ${name} (${seconds} s)`);
}
