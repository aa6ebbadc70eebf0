import { path, type PathName } from "@breakwater/contract";
import { createProof, type DeviceKey } from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";

/** A refusal, with what the server said. */
export class Refused extends Error {
  readonly status: number;
  readonly code: string;
  readonly leaf: number | undefined;
  constructor(status: number, body: string) {
    const problem = read(body);
    super(`${status} ${problem.code ?? body.slice(0, 200)}: ${problem.message ?? ""}`);
    this.status = status;
    this.code = problem.code ?? "";
    this.leaf = problem.leaf;
  }
}

export interface Target {
  /** Where requests go. */
  readonly url: string;
  /** What proofs name; the same as `url` unless the server is told another. */
  readonly origin?: string;
}
export interface Sending {
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: string;
  readonly signal?: AbortSignal;
  /** For tests of what a thief may try. */
  readonly proof?: string | null;
  readonly cookie?: string | null;
}

/** One browser: a cookie and a device key, with which every request is proven (docs/protocol.md section 4). */
export class Browser {
  readonly target: Target;
  readonly device: DeviceKey;
  cookie: string | undefined;

  constructor(target: Target, device: DeviceKey) {
    this.target = target;
    this.device = device;
  }

  proof(method: string, address: string): Promise<string> {
    const jti = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
    const url = `${this.target.origin ?? this.target.url}${address}`;
    return createProof({ method, url, iat: Math.floor(Date.now() / 1000), jti, key: this.device });
  }

  /** Any request, refused or not. */
  async send(
    method: string,
    address: string,
    { json, body, headers, signal, proof, cookie, query = "" }: Sending = {},
  ): Promise<Response> {
    const all = new Headers(headers);
    const dpop = proof === undefined ? await this.proof(method, address) : proof;
    if (dpop !== null) all.set("dpop", dpop);
    const session = cookie === undefined ? this.cookie : cookie;
    if (session != null) all.set("cookie", session);
    if (json !== undefined) all.set("content-type", "application/json");
    const answer = await fetch(`${this.target.url}${address}${query}`, {
      method,
      headers: all,
      redirect: "manual",
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
    for (const line of answer.headers.getSetCookie()) this.cookie = line.split(";", 1)[0];
    return answer;
  }

  /** A request that must succeed, or Refused. The caller says what the answer is: the contract's schemas are the server's to keep. */
  async call<T>(method: string, name: PathName, sending: Sending = {}): Promise<T> {
    const answer = await this.send(method, path(name, sending.params), sending);
    const text = await answer.text();
    if (!answer.ok) throw new Refused(answer.status, text);
    return JSON.parse(text) as T;
  }

  async bytes(name: PathName, sending: Sending = {}): Promise<Uint8Array> {
    const answer = await this.send("GET", path(name, sending.params), sending);
    if (!answer.ok) throw new Refused(answer.status, await answer.text());
    return new Uint8Array(await answer.arrayBuffer());
  }
}

function read(body: string): { readonly code?: string; readonly message?: string; readonly leaf?: number } {
  try {
    return JSON.parse(body) as { readonly code?: string };
  } catch {
    return {};
  }
}
