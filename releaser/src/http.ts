import { createHash, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { MAX_ORDER_BYTES } from "@breakwater/seal";
import { CodedError, parseJson, toBase64url, type Json } from "@breakwater/wire";
import { caseKeys, noteStandings, pin, type IdentityAnswer } from "./desk.ts";
import { ReleaserError, STATUS } from "./error.ts";
import type { House } from "./house.ts";
import { order, settle } from "./order.ts";
import { release } from "./release.ts";
import { addCheckpoint } from "./witness.ts";

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}
interface Route {
  readonly maxBytes: number;
  run(body: Uint8Array): Promise<Answer>;
}

const KIB = 1024;
const MIB = KIB * KIB;

/** Protocol 8, "The releaser's own interface". */
export function createHttp(house: House, secret: string, report: (error: unknown) => void): Server {
  const makeKey = caseKeys(house);
  const routes: Readonly<Record<string, Route>> = {
    "GET /v1/identity": { maxBytes: 0, run: async () => json(identityOf(house)) },
    "POST /v1/pin": {
      maxBytes: MIB,
      run: async (body) => {
        await pin(readJson(body, MIB), house);
        return json(identityOf(house));
      },
    },
    "POST /v1/standing": {
      maxBytes: 32 * MIB,
      run: async (body) => json(await noteStandings(readJson(body, 32 * MIB), house)),
    },
    "POST /v1/keys": { maxBytes: 4 * KIB, run: async (body) => json(await makeKey(readJson(body, 4 * KIB))) },
    "POST /add-checkpoint": { maxBytes: 320 * KIB, run: (body) => addCheckpoint(body, house) },
    "POST /v1/order": { maxBytes: MAX_ORDER_BYTES, run: async (body) => json(await order(body, house)) },
    "POST /v1/settle": { maxBytes: 4 * KIB, run: async () => json(await settle(house)) },
    "POST /v1/release": { maxBytes: 16 * MIB, run: async (body) => json(await release(body, house)) },
  };
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, maxHeaderSize: 16 * KIB },
    (request, response) => {
      void handle(request, routes, secret)
        .catch((error: unknown) => refusal(error, report))
        .then((answer) => send(response, answer));
    },
  );
  server.maxConnections = 1024;
  return server;
}

async function handle(
  request: IncomingMessage,
  routes: Readonly<Record<string, Route>>,
  secret: string,
): Promise<Answer> {
  // No page has business here, whatever name its server's address goes by.
  if (request.headers.origin !== undefined)
    throw new ReleaserError("request.browser", "The releaser does not talk to browsers.");
  if (!isCaller(request.headers.authorization, secret))
    throw new ReleaserError("request.caller", "The releaser talks only to the server that it was paired with.");
  const name = `${request.method} ${request.url}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!route) throw new ReleaserError("request.notFound", "The releaser has no such address.");
  return route.run(await readBody(request, route.maxBytes));
}

/** Hashes have one length and are compared in one time: neither says how much of a guess was right. */
function isCaller(header: string | undefined, secret: string): boolean {
  return timingSafeEqual(digest(header ?? ""), digest(`Bearer ${secret}`));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

async function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new ReleaserError("request.invalid", "The request's body is not bytes.");
    size += chunk.length;
    if (size > maxBytes) throw new ReleaserError("request.tooLarge", `At most ${maxBytes} bytes are accepted here.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function readJson(body: Uint8Array, maxBytes: number): Json {
  try {
    return parseJson(body, "the request", { maxBytes, maxDepth: 12 });
  } catch (cause) {
    if (cause instanceof CodedError) throw new ReleaserError("request.invalid", cause.message, { cause });
    throw cause;
  }
}

function identityOf({ keys, cosigner, state, policy }: House): IdentityAnswer {
  return {
    sign: toBase64url(keys.sign.publicKey),
    witness: cosigner.vkey,
    pinned: state.pin?.desk ?? null,
    policies: policy.set,
  };
}

function json(value: unknown, status = 200): Answer {
  return { status, type: "application/json", body: JSON.stringify(value) };
}

function refusal(error: unknown, report: (error: unknown) => void): Answer {
  if (error instanceof ReleaserError) {
    const status = STATUS[error.code];
    if (status === 500) report(error);
    return json(
      { code: error.code, message: error.message, ...(error.size === undefined ? {} : { size: error.size }) },
      status,
    );
  }
  report(error);
  return json({ code: "store.failed", message: "The releaser failed. Its output says why." }, 500);
}

function send(response: ServerResponse, { status, type, body }: Answer): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(body);
}
