import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PATHS } from "@breakwater/contract";
import { parseInviteFragment, publicJwk } from "@breakwater/seal";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client } from "../../testing/src/client.ts";
import { DeskClient, randomParts } from "../../testing/src/desk-client.ts";
import { freePort } from "../../testing/src/postgres.ts";

const CANARY = "canary-7f3a9c";
const directory = mkdtempSync(join(tmpdir(), "log-"));
let child: ChildProcess;
let url: string;
let link: string;
let output = "";

beforeAll(async () => {
  url = `http://localhost:${await freePort()}`;
  child = spawn(process.execPath, [join(import.meta.dirname, "../src/main.ts")], {
    env: { BREAKWATER_DATA: join(directory, "data"), BREAKWATER_URL: url, BREAKWATER_LOG: "debug" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const listen = (data: Buffer): void => {
    output += data.toString();
  };
  child.stdout?.on("data", listen);
  child.stderr?.on("data", listen);
  const started = /http:\/\/localhost:\d+\/enrol#\S+/;
  while (!started.test(output)) {
    if (child.exitCode !== null) throw new Error(output);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  link = started.exec(output)?.[0] ?? "";
  // The link belongs on the terminal; what follows does not.
  output = output.replaceAll(link, "");
}, 60_000);
afterAll(async () => {
  child.kill("SIGTERM");
  if (child.exitCode === null) await once(child, "close");
  rmSync(directory, { recursive: true, force: true });
});

describe("the log at level debug", () => {
  it(
    "holds no secret, token, cookie, query, name or address of a person, whatever they do",
    { timeout: 90_000 },
    async () => {
      const target = { url };
      const admin = await DeskClient.enrol(target, link, { name: `Admin ${CANARY}`, email: `${CANARY}@desk.test` });
      const invitation = await admin.invite({ for: "customer", role: "admin" });
      const customer = await DeskClient.enrol(target, invitation, {
        name: `Customer ${CANARY}`,
        email: `${CANARY}@customer.test`,
        orgName: `Org ${CANARY}`,
      });
      const row = await customer.openCase(`Subject ${CANARY}`);
      await customer.upload(row.case, randomParts({ index: 5000 }));
      const thief = await Client.create(url);
      const statuses = [];
      for (const [method, path, body, headers] of [
        ["GET", `${PATHS.access}?case=${CANARY}`, undefined, {}],
        ["GET", `${PATHS.status}?token=${CANARY}`, undefined, {}],
        ["POST", PATHS.enrolStart, { token: CANARY }, {}],
        ["POST", PATHS.passphraseStart, { email: `${CANARY}@desk.test` }, {}],
        [
          "POST",
          PATHS.passphraseFinish,
          { email: `${CANARY}@desk.test`, token: "A".repeat(43), device: await publicJwk(thief.key) },
          {},
        ],
        ["GET", PATHS.me, undefined, { cookie: `__Host-breakwater=${CANARY.padEnd(43, "A")}`, dpop: CANARY }],
        ["GET", PATHS.me, undefined, { authorization: `Bearer ${CANARY}`, "user-agent": CANARY, referer: CANARY }],
      ] as const)
        statuses.push((await thief.call(method, path, body, headers)).status);
      expect(statuses).toEqual([401, 200, 404, 200, 401, 401, 401]);
      // Everything was written before it was answered, but for what the pipe still holds.
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(output).toContain(PATHS.passphraseFinish);
      const { secret } = parseInviteFragment(new URL(invitation).hash.slice(1));
      const secrets = [CANARY, "__Host-", "?", Buffer.from(secret).toString("base64url")];
      expect(secrets.filter((text) => output.includes(text))).toEqual([]);
    },
  );
});
