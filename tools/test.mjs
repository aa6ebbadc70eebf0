// npm test: install what is missing (dependencies, a browser), run every test, end with one plain line.
// Arguments are passed on to the test runner (`npm test -- packages/har`).
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureInstalled, fail, root, runNode } from "./setup.mjs";

ensureInstalled();
ensureBrowser();
if (runNode(["tools/build.mjs"]) !== 0) fail("The web pages could not be built; the message above says why.");

const folder = mkdtempSync(join(tmpdir(), "breakwater-test-"));
const results = join(folder, "results.json");
const status = runNode([
  "--disable-warning=ExperimentalWarning",
  join(root, "node_modules", "vitest", "vitest.mjs"),
  "run",
  "--reporter=default",
  "--reporter=json",
  `--outputFile.json=${results}`,
  ...process.argv.slice(2),
]);
const summary = existsSync(results) ? JSON.parse(readFileSync(results, "utf8")) : undefined;
rmSync(folder, { recursive: true, force: true });
if (summary === undefined) fail("The test runner ended without results; its message is above.");

const brokenFiles = summary.testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
);
for (const file of brokenFiles) console.error(`could not run: ${file.name}: ${file.message}`);
const skipped = summary.numPendingTests + summary.numTodoTests;
if (skipped > 0)
  console.log(`${skipped} tests were skipped because their data or program is absent; each says so above.`);
const failed = summary.numFailedTests + brokenFiles.length;
console.log(`${summary.numPassedTests} passed, ${failed} failed`);
process.exit(status === 0 && failed === 0 && summary.numPassedTests > 0 ? 0 : 1);

function ensureBrowser() {
  const places = [
    process.env.BREAKWATER_CHROMIUM,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  if (places.some((place) => place !== undefined && existsSync(place))) return;
  const isDebianRoot = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (!isDebianRoot) {
    fail(
      "The browser tests need Chromium. Install it (Debian: apt-get install chromium), or set BREAKWATER_CHROMIUM to its path, and run npm test again.",
    );
  }
  console.log("Installing Chromium for the browser tests. This happens once.");
  const environment = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [
    ["update", "-qq"],
    ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
  ]) {
    const result = spawnSync("apt-get", args, { stdio: ["ignore", "ignore", "inherit"], env: environment });
    if (result.status !== 0)
      fail(`apt-get ${args[0]} failed; its message is above. Install Chromium by hand and run npm test again.`);
  }
}
