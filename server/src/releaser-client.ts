import {
  parseOrderDone,
  parseReleaseAnswer,
  parseStatement,
  isStatement,
  SealError,
  type OrderRequest,
  type ReleaseAnswer,
  type ReleaseRequest,
  type ReleaserKeyBody,
  type SignedOrderDone,
  type Statement,
} from "@breakwater/seal";
import { CodedError, parseJson, type Json, type JsonObject } from "@breakwater/wire";
import { Problem } from "./errors.ts";
import type { Witness, WitnessAnswer } from "./modules/ledger/index.ts";

export interface ReleaserIdentity {
  /** Ed25519, base64url. */
  readonly sign: string;
  /** The witness's vkey. */
  readonly witness: string;
  /** The fingerprint of the desk that it serves. */
  readonly pinned: string | null;
  /** Hash of its own policies. */
  readonly policies: string;
}

/** What the releaser said no to. `code` is one of its own (releaser/src/error.ts). */
export class ReleaserRefusal extends CodedError<string> {
  /** With release.behind: the size of the log that it has seen. */
  readonly size: number | undefined;
  constructor(code: string, message: string, size?: number) {
    super(code, message);
    this.size = size;
  }
}

/** The releaser's interface (docs/protocol.md section 8). Throws releaser.unavailable when it does not answer. */
export interface ReleaserClient extends Witness {
  identity(): Promise<ReleaserIdentity>;
  /** Makes this desk the releaser's, for ever. */
  pin(statements: readonly Statement[], desk: string): Promise<ReleaserIdentity>;
  /** Tells of everybody's standing, with the statements that it chains by. */
  standing(statements: readonly Statement[]): Promise<void>;
  /** Makes the releaser's key of a case, once. */
  key(place: { readonly org: string; readonly case: string }): Promise<Statement<ReleaserKeyBody>>;
  /** Throws ReleaserRefusal. */
  order(request: OrderRequest): Promise<SignedOrderDone>;
  settle(): Promise<void>;
  /** Whether the case's second share is the desk's own releaser's, which is the witness that readers ask for. */
  isOwn(caseId: string): Promise<boolean>;
  /** Throws ReleaserRefusal. */
  release(request: ReleaseRequest): Promise<ReleaseAnswer>;
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER = 1024 * 1024;

/**
 * `url` is asked on every call: a releaser that was restarted listens elsewhere. Undefined means that it is down. One that
 * has just started opens nothing until `settle` has told it every order (docs/protocol.md section 13).
 */
export function createReleaserClient(
  url: () => string | undefined,
  secret: string,
  settle: () => Promise<void> = async () => {},
): ReleaserClient {
  const send = async (
    method: "GET" | "POST",
    path: string,
    body?: string,
  ): Promise<{ status: number; text: string }> => {
    const base = url();
    if (base === undefined) throw unavailable();
    try {
      const answer = await fetch(new URL(path, base), {
        method,
        redirect: "error",
        signal: AbortSignal.timeout(TIMEOUT_MS),
        headers: {
          authorization: `Bearer ${secret}`,
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body }),
      });
      return { status: answer.status, text: await readText(answer) };
    } catch (cause) {
      throw unavailable(cause);
    }
  };
  const call = async (method: "GET" | "POST", path: string, body?: unknown): Promise<string> => {
    const { status, text } = await send(method, path, body === undefined ? undefined : JSON.stringify(body));
    if (status === 200) return text;
    throw refusalOf(status, text);
  };
  return {
    identity: async () => readIdentity(await call("GET", "/v1/identity")),
    pin: async (statements, desk) => readIdentity(await call("POST", "/v1/pin", { statements, desk })),
    async standing(statements) {
      await call("POST", "/v1/standing", { statements });
    },
    async key(place) {
      const statement = parseStatement(parse(await call("POST", "/v1/keys", place)));
      if (isStatement("releaser.key", statement)) return statement;
      throw unavailable();
    },
    async order(request) {
      const text = await call("POST", "/v1/order", request);
      try {
        return parseOrderDone(text);
      } catch (cause) {
        if (cause instanceof SealError) throw unavailable(cause);
        throw cause;
      }
    },
    isOwn: async () => true,
    async settle() {
      await call("POST", "/v1/settle", {});
    },
    async release(request) {
      const text = await call("POST", "/v1/release", request).catch(async (error: unknown) => {
        if (!(error instanceof ReleaserRefusal) || error.code !== "order.unsettled") throw error;
        await settle();
        return call("POST", "/v1/release", request);
      });
      try {
        return parseReleaseAnswer(text);
      } catch (cause) {
        if (cause instanceof SealError) throw unavailable(cause);
        throw cause;
      }
    },
    async addCheckpoint(body): Promise<WitnessAnswer> {
      const { status, text } = await send("POST", "/add-checkpoint", body);
      if (status === 200) return { status, lines: text };
      if (status === 409) return { status, size: Number(text) };
      if (status === 400 || status === 403 || status === 404 || status === 422) return { status, reason: text.trim() };
      throw unavailable();
    },
  };
}

async function readText(answer: Response): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const chunk of answer.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > MAX_ANSWER) throw new Error("The answer is too long.");
  }
  return text;
}

function readIdentity(text: string): ReleaserIdentity {
  const { sign, witness, pinned, policies } = object(text);
  if (
    typeof sign !== "string" ||
    typeof witness !== "string" ||
    typeof policies !== "string" ||
    (pinned !== null && typeof pinned !== "string")
  )
    throw unavailable();
  return { sign, witness, pinned, policies };
}

function refusalOf(status: number, text: string): Error {
  const { code, message, size } = object(text);
  if (status >= 500 || typeof code !== "string" || typeof message !== "string")
    return unavailable(new Error(text.slice(0, 300)));
  return new ReleaserRefusal(code, message, typeof size === "number" ? size : undefined);
}

function object(text: string): JsonObject {
  const value = parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw unavailable();
}

function parse(text: string): Json {
  try {
    return parseJson(text, "the releaser's answer", { maxBytes: MAX_ANSWER, maxDepth: 8 });
  } catch (cause) {
    throw unavailable(cause);
  }
}

function unavailable(cause?: unknown): Problem {
  return new Problem(
    "releaser.unavailable",
    "The releaser does not answer, so nothing can be opened or sealed now. Try again in a minute.",
    { cause },
  );
}
