// npm start: install what is missing, build the web pages if they changed, run the server until Ctrl-C.
import { spawn } from "node:child_process";
import { ensureInstalled, fail, root, runNode, runtime } from "./setup.mjs";

ensureInstalled();
if (runNode(["tools/build.mjs"]) !== 0) fail("The web pages could not be built; the message above says why.");

const server = spawn(
  runtime(),
  ["--disable-warning=ExperimentalWarning", "server/src/main.ts", ...process.argv.slice(2)],
  {
    cwd: root,
    stdio: "inherit",
  },
);
// The terminal sends Ctrl-C to the server as well; this process only waits for it to finish its work.
process.on("SIGINT", () => {});
process.on("SIGTERM", () => server.kill("SIGTERM"));
server.on("error", (error) => fail(`The server could not be started: ${error.message}`));
server.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" || signal === "SIGTERM" ? 0 : 1)));
