import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { isFingerprint } from "@breakwater/seal";
import { readOrNull, writeDurably } from "./files.ts";
import { createHttp } from "./http.ts";
import { openHouse, type HousePins } from "./house.ts";

// The releaser's own process. It reads its directory, listens on loopback, and talks to nobody.
const directory = process.env["BREAKWATER_RELEASER_DATA"];
if (directory === undefined || directory === "") fail("Set BREAKWATER_RELEASER_DATA to the releaser's own directory.");

const house = await openHouse({
  directory,
  policies: process.env["BREAKWATER_RELEASER_POLICIES"] ?? join(import.meta.dirname, "../../content/policies"),
  limits: {
    perActor: positive("BREAKWATER_RELEASER_ACTOR_PER_HOUR", 300),
    perOrg: positive("BREAKWATER_RELEASER_ORG_PER_HOUR", 3000),
  },
  pins: pins(),
  now: Date.now,
}).catch((error: unknown) => fail(describe(error)));

const secret = callerSecret(join(directory, "caller.key"));
const server = createHttp(house, secret, (error) => {
  console.error(describe(error));
  // A journal that failed once stays refused; only a restart, which reads the disk again, can mend that.
  if (house.journal.broken) setTimeout(() => process.exit(1), 100);
});
server.on("error", (error) => fail(describe(error)));
const host = process.env["BREAKWATER_RELEASER_HOST"] ?? "127.0.0.1";
server.listen(Number(process.env["BREAKWATER_RELEASER_PORT"] ?? 0), host, () => {
  const address = server.address();
  if (address === null || typeof address === "string") fail("The releaser has no port.");
  const sign = Buffer.from(house.keys.sign.publicKey).toString("base64url");
  console.log(JSON.stringify({ listening: `http://${host}:${address.port}`, sign }));
});

let stopping = false;
function stop(): void {
  if (stopping) return;
  stopping = true;
  server.close(() => void house.close().then(() => process.exit(0)));
  server.closeIdleConnections();
  // A caller that does not hang up must not keep the directory locked.
  setTimeout(() => server.closeAllConnections(), 2_000).unref();
}
process.on("SIGTERM", stop);
if (process.env["BREAKWATER_RELEASER_SUPERVISED"] === "1") {
  // Ctrl-C reaches every process of the terminal; the server stops this one when its own last request is done.
  process.on("SIGINT", () => {});
  // The supervisor holds the other end of standard input: when it dies, however it dies, so does this.
  process.stdin.on("end", stop).on("error", stop).resume();
} else {
  process.on("SIGINT", stop);
}

/** Whom a customer's own releaser serves: the pins of the customer's invitation links, "<desk>.<customer>". */
function pins(): HousePins | undefined {
  const text = process.env["BREAKWATER_RELEASER_PINS"];
  if (text === undefined || text === "") return undefined;
  const [desk, customer, ...more] = text.split(".");
  if (
    desk === undefined ||
    customer === undefined ||
    more.length > 0 ||
    !isFingerprint(desk) ||
    !isFingerprint(customer)
  )
    fail("BREAKWATER_RELEASER_PINS must be two fingerprints, the desk's and the customer's, joined with a point.");
  return { desk, customer };
}

/** What the server shows on every request. Made once, unless the one who starts this brings it. */
function callerSecret(path: string): string {
  const given = process.env["BREAKWATER_RELEASER_SECRET"];
  if (given !== undefined && given !== "") return given;
  const found = readOrNull(path)?.toString().trim();
  if (found !== undefined && found !== "") return found;
  const made = randomBytes(32).toString("base64url");
  writeDurably(path, `${made}\n`);
  return made;
}

function positive(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  return Number.isSafeInteger(value) && value > 0 ? value : fail(`${name} must be a whole number above 0.`);
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return "The releaser failed.";
  const cause = error.cause instanceof Error ? ` (${error.cause.message})` : "";
  return `${error.message}${cause}`;
}

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}
