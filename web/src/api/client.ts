import { isErrorCode, path, schemas, type PathName } from "@breakwater/contract";
import { proofFor } from "../engine/index.ts";
import { ApiError } from "./error.ts";
import { sessionEnded } from "./session.ts";

/** What a zod schema is to us: it reads an unknown value once. */
interface Reader<T> {
  safeParse(
    value: unknown,
  ):
    | { readonly success: true; readonly data: T }
    | { readonly success: false; readonly error: { readonly message: string } };
}

export interface Request<T> {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly body?: unknown;
  /** Left out: the answer's body does not matter. */
  readonly answer?: Reader<T>;
  readonly signal?: AbortSignal | undefined;
  /** Enrolment and sign-in have no session yet: a refusal there is an answer, not the end of a session. */
  readonly anonymous?: boolean;
}

/** Server's clock minus ours: proofs must lie within 60 seconds of the server's (protocol 4). */
let skewMs = 0;
const SKEW_WORTH_CORRECTING_MS = 5000;

export function urlOf(
  name: PathName,
  params: Request<unknown>["params"] = {},
  query: Request<unknown>["query"] = {},
): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text === "" ? path(name, params) : `${path(name, params)}?${text}`;
}

/** The proof of possession for a request that another library sends, by the server's clock. */
export async function proof(method: string, url: string): Promise<string> {
  return proofFor(method, url, skewMs);
}

/** One request with its proof of possession. Throws ApiError and nothing else, but an abort. */
export async function send(url: string, init: RequestInit & { readonly method: string }): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set("DPoP", await proof(init.method, url));
  let response: Response;
  try {
    response = await fetch(url, { ...init, headers, credentials: "same-origin", cache: "no-store", redirect: "error" });
  } catch (cause) {
    if (init.signal?.aborted) throw cause;
    throw new ApiError("network.failed", "The server cannot be reached.", { cause });
  }
  noteClock(response);
  return response;
}

export async function call<T = void>(name: PathName, request: Request<T> = {}): Promise<T> {
  const method = request.method ?? "GET";
  const url = urlOf(name, request.params, request.query);
  const init: RequestInit & { method: string } = {
    method,
    headers: {
      accept: "application/json",
      ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    },
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    ...(request.signal ? { signal: request.signal } : {}),
  };
  const skewBefore = skewMs;
  let response = await send(url, init);
  // A refused proof whose answer taught us that our clock is off deserves a second one by the server's clock.
  if (response.status === 401 && skewMs !== skewBefore) response = await send(url, init);
  if (!response.ok) {
    const error = await readProblem(response);
    if (error.sessionEnded && !request.anonymous) sessionEnded(error.code);
    throw error;
  }
  if (!request.answer) return undefined as T; // only where the caller left `answer` out, and T is void
  return read(request.answer, await bodyOf(response), url);
}

function read<T>(reader: Reader<T>, value: unknown, url: string): T {
  const result = reader.safeParse(value);
  if (result.success) return result.data;
  throw new ApiError("answer.invalid", `The server's answer to ${url.split("?")[0]} has an unexpected form.`, {
    cause: result.error,
  });
}

async function bodyOf(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new ApiError("answer.invalid", "The server's answer is not JSON.", { status: response.status, cause });
  }
}

/** An answer that is not 2xx, as an ApiError. */
export async function readProblem(response: Response): Promise<ApiError> {
  const parsed = schemas.Problem.safeParse(await response.json().catch(() => undefined));
  if (!parsed.success)
    return new ApiError("answer.unknown", `The server answered with status ${response.status}.`, {
      status: response.status,
    });
  const { code, message, help, leaf, rule, remedy, ask } = parsed.data;
  const denial = rule === undefined ? undefined : { rule, remedy, ask: ask ?? [] };
  return new ApiError(isErrorCode(code) ? code : "answer.unknown", message, {
    status: response.status,
    help,
    leaf,
    denial,
  });
}

function noteClock(response: Response): void {
  const date = Date.parse(response.headers.get("date") ?? "");
  if (Number.isNaN(date)) return;
  const skew = date - Date.now();
  skewMs = Math.abs(skew) > SKEW_WORTH_CORRECTING_MS ? skew : 0;
}
