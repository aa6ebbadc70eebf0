import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fingerprint, inviteTokenHash, type PublicJwk } from "@breakwater/seal";
import { fromBase64url, toBase64url, newId } from "@breakwater/wire";
import type { schemas } from "@breakwater/contract";
import type { Route } from "./serve.ts";

/**
 * A server of the contract's shape that believes everything: it keeps what pages send and gives it back, so that pages can
 * be seen with real sealed content. It checks no signature, holds no log, and a device's key is its session.
 */
type Out<Schema extends { readonly _output: unknown }> = Schema["_output"];
type EnrolFinish = Out<typeof schemas.EnrolFinish>;
type Statement = Out<typeof schemas.Statement>;
type CaseRow = Out<typeof schemas.CaseRow>;
type NewInvite = Out<typeof schemas.NewInvite>;

interface Person {
  readonly finish: EnrolFinish;
  readonly role: "admin" | "engineer" | "member";
  readonly org: string;
  readonly created: string;
}
interface Invite {
  readonly body: NewInvite;
  readonly org: string;
  usedBy: string | null;
}

const KEY = "A".repeat(43);
const DESK = { logHost: "localhost", log: KEY, releaser: KEY, witness: "w+0123abcd+AAAA" };
const DAY = 86_400_000;

export class Fake {
  readonly firstToken = randomBytes(32);
  readonly people: Person[] = [];
  /** Whoever changes something shows first that it is they. */
  stale = false;
  readonly invites: Invite[] = [];
  readonly statements: Statement[] = [];
  cases: CaseRow[] = [];
  /** Paths that answer with a problem instead. */
  readonly failing = new Map<string, { readonly status: number; readonly code: string }>();
  readonly #readers = new Set<ServerResponse>();
  readonly #sessions = new Map<string, Person>();

  readonly route: Route = async (request, response) => {
    const url = new URL(request.url ?? "/", "http://localhost");
    if (!url.pathname.startsWith("/v1/")) return false;
    if (url.pathname === "/v1/events") {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(":\n\n");
      this.#readers.add(response);
      response.on("close", () => this.#readers.delete(response));
      return true;
    }
    const failing = this.failing.get(url.pathname);
    if (failing) return problem(response, failing.status, failing.code);
    const body: unknown = request.method === "POST" || request.method === "PUT" ? await readBody(request) : undefined;
    const answer = this.#answer(`${request.method} ${url.pathname}`, url, body, jwkOf(request));
    if (answer === undefined) return problem(response, 404, "request.notFound");
    if (answer === SIGNED_OUT) return problem(response, 401, "session.missing");
    if (answer === STALE) return problem(response, 403, "verify.needed");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(answer));
    return true;
  };

  #answer(name: string, url: URL, body: unknown, jwk: PublicJwk | undefined): unknown {
    const open = this.#anonymous(name, body, jwk);
    if (open !== undefined) return open;
    const person = this.#sessions.get(jwk?.x ?? "");
    if (!person) return SIGNED_OUT;
    return this.#signedIn(name, url, body, person);
  }

  #anonymous(name: string, body: unknown, jwk: PublicJwk | undefined): unknown {
    switch (name) {
      case "GET /v1/status":
        return {
          version: "0",
          enrolled: this.people.length > 0,
          desk: this.#orgName(this.people[0]?.org),
          url: "http://localhost",
        };
      case "POST /v1/enrol/start":
        return this.#enrolStart((body as { token: string }).token);
      case "POST /v1/enrol/finish":
        return this.#enrolFinish(body as EnrolFinish, jwk);
      case "POST /v1/session/passkey/start":
        return { challenge: toBase64url(randomBytes(32)), rpId: "localhost" };
      case "POST /v1/session/passkey/finish": {
        const id = (body as { response: { id: string } }).response.id;
        const person = this.people.find(({ finish }) => finish.wraps.some((wrap) => wrap.id === id));
        if (!person) return SIGNED_OUT;
        this.#sessions.set(jwk?.x ?? "", person);
        return {
          user: person.finish.user,
          wraps: person.finish.wraps,
          identity: person.finish.identity,
          deviceKnown: true,
          teamKeys: [],
        };
      }
      default:
        return undefined;
    }
  }

  #signedIn(name: string, url: URL, body: unknown, person: Person): unknown {
    const [, , noun, id, verb] = url.pathname.split("/");
    switch (name) {
      case "GET /v1/me":
        return this.#me(person);
      case "DELETE /v1/session":
        for (const [key, other] of this.#sessions) if (other === person) this.#sessions.delete(key);
        return {};
      case "GET /v1/trust":
        return { statements: this.statements };
      case "GET /v1/people":
        return {
          people: this.people.map(({ finish, org, role, created }) => ({
            user: finish.user,
            name: finish.name,
            email: finish.email,
            role,
            org,
            created,
            standing: "active",
            vendor: null,
          })),
        };
      case "GET /v1/rotation":
        return { teams: [], cases: [], left: 0, statements: [] };
      case "GET /v1/teams":
        return { teams: [] };
      case "GET /v1/devices":
        return { devices: [] };
      case "GET /v1/sessions":
        return { sessions: [] };
      case "POST /v1/session/verify/start":
        return {
          method: "passkey",
          challenge: toBase64url(randomBytes(32)),
          rpId: "localhost",
          credentials: person.finish.wraps.filter(({ method }) => method === "prf").map((wrap) => wrap.id),
          salt: null,
        };
      case "POST /v1/session/verify/finish":
        this.stale = false;
        return { until: new Date(Date.now() + 300_000).toISOString() };
      case "GET /v1/customers":
        return { customers: this.#customers() };
      case "GET /v1/grants":
        return { grants: [] };
      case "GET /v1/settings":
        return { own: null, desk: null, approve: "none", breakGlass: true };
      case "GET /v1/invites":
        return { invites: this.invites.filter((invite) => invite.org === person.org).map(inviteRow) };
      case "POST /v1/invites":
        if (this.stale) return STALE;
        this.invites.push({ body: body as NewInvite, org: person.org, usedBy: null });
        this.statements.push((body as NewInvite).statement);
        return {};
      case "GET /v1/storage":
        return { usedBytes: 0, quotaBytes: 1_000_000_000 };
      case "GET /v1/case-views":
        return { views: [] };
      case "GET /v1/cases":
        return this.#list(url, person);
      case "POST /v1/cases":
        return this.#openCase(body, person);
      default:
        break;
    }
    if (name === `DELETE /v1/invites/${id}`) {
      const at = this.invites.findIndex((invite) => String(invite.body.statement.body["id"]) === id);
      return at < 0 ? undefined : (this.invites.splice(at, 1), {});
    }
    const row = noun === "cases" ? this.cases.find((one) => one.case === id) : undefined;
    if (!row) return undefined;
    if (verb === "messages") return { messages: [], next: null };
    if (verb === "life") return { orders: [] };
    if (verb === "seen") return {};
    if (verb === "assign") Object.assign(row, { assignees: [{ user: person.finish.user, name: person.finish.name }] });
    if (verb === "close") Object.assign(row, { state: "closed" });
    return verb === undefined ? { case: row, files: [], statements: this.statements, grants: [] } : row;
  }

  #enrolStart(token: string): unknown {
    const common = {
      challenge: toBase64url(randomBytes(32)),
      rp: { id: "localhost", name: "Breakwater" },
      statements: this.statements,
    };
    const invite = this.#inviteOf(token);
    if (!invite) return { ...common, kind: "first", desk: DESK, invite: null };
    const statement = invite.body.statement.body;
    return {
      ...common,
      kind: statement["for"],
      desk: null,
      invite: {
        id: statement["id"],
        org: statement["org"],
        orgName: this.#orgName(invite.org) ?? "",
        role: statement["role"],
        team: statement["team"] ?? null,
        teamKey: invite.body.teamKey,
      },
    };
  }

  #enrolFinish(finish: EnrolFinish, jwk: PublicJwk | undefined): unknown {
    const invite = this.#inviteOf(finish.token);
    if (invite) invite.usedBy = finish.user;
    this.statements.push(...finish.statements);
    const bundle = finish.statements.find(({ body }) => body["t"] === "bundle")?.body;
    const person: Person = {
      finish,
      role: bundle?.["role"] as Person["role"],
      org: String(bundle?.["org"]),
      created: new Date().toISOString(),
    };
    this.people.push(person);
    this.#sessions.set(jwk?.x ?? "", person);
    return {};
  }

  #inviteOf(token: string): Invite | undefined {
    return this.invites.find((invite) => invite.body.tokenHash === inviteTokenHash(token));
  }

  #orgRoot(org: string | undefined): Readonly<Record<string, unknown>> | undefined {
    return this.statements.find(({ body }) => body["t"] === "org.root" && body["org"] === org)?.body;
  }

  #orgName(org: string | undefined): string | null {
    const name = this.#orgRoot(org)?.["name"];
    return typeof name === "string" ? name : null;
  }

  #me(person: Person): unknown {
    const kind = this.#orgRoot(person.org)?.["kind"];
    const until = new Date(Date.now() + DAY).toISOString();
    const { user, name, email, wraps, identity } = person.finish;
    return {
      user,
      name,
      email,
      role: person.role,
      org: { id: person.org, kind, name: this.#orgName(person.org) },
      device: null,
      devicePending: false,
      session: { id: "s", idleUntil: until, until },
      wraps,
      identity,
      teamKeys: [],
    };
  }

  #customers(): unknown {
    const roots = this.statements.filter(({ body }) => body["t"] === "org.root" && body["kind"] === "customer");
    return roots.map(({ body }) => ({
      org: body["org"],
      name: body["name"],
      created: body["created"],
      people: this.people.filter((person) => person.org === body["org"]).length,
      cases: this.cases.filter((row) => row.org === body["org"]).length,
    }));
  }

  #list(url: URL, person: Person): unknown {
    const { state, mine, org, after, limit } = Object.fromEntries(url.searchParams);
    const rows = this.cases.filter(
      (row) =>
        (state === undefined || (state === "active" ? row.state !== "closed" : row.state === state)) &&
        (org === undefined || row.org === org) &&
        (mine !== "true" || row.assignees.some(({ user }) => user === person.finish.user)),
    );
    const from = after === undefined ? 0 : Number(after);
    const to = from + Number(limit ?? 100);
    return { cases: rows.slice(from, to), next: to < rows.length ? String(to) : null, total: rows.length };
  }

  #openCase(body: unknown, person: Person): CaseRow {
    const input = body as Out<typeof schemas.NewCase>;
    const now = new Date().toISOString();
    const { act: _, ...kept } = input;
    const row: CaseRow = {
      ...kept,
      number: this.cases.length + 1,
      org: person.org,
      orgName: this.#orgName(person.org) ?? "",
      state: "open",
      assignees: [],
      files: 0,
      priority: "normal",
      team: null,
      tags: [],
      version: 1,
      messages: 0,
      unread: 0,
      activity: 1,
      waiting: now,
      shredded: null,
      held: false,
      opened: now,
      changed: now,
    };
    this.cases.unshift(row);
    this.tell("case.open");
    this.statements.push(input.key);
    return row;
  }

  /** News, as the real server tells it. */
  tell(type: string): void {
    for (const reader of this.#readers) reader.write(`data: ${JSON.stringify({ type, org: "org" })}\n\n`);
  }

  /** Many rows out of one: each has its own id and number, all share the sealed subject. */
  multiply(count: number): void {
    const [model] = this.cases;
    if (!model) throw new Error("There is no case to multiply yet.");
    this.cases = Array.from({ length: count }, (_, at) => ({
      ...model,
      case: at === 0 ? model.case : newId("case"),
      number: count - at,
      changed: new Date(Date.now() - at * 3_600_000).toISOString(),
    }));
  }

  /** The fingerprint that pages show as words. */
  deskFingerprint(): string {
    return fingerprint(fromBase64url(String(this.#orgRoot(this.people[0]?.org)?.["key"])));
  }
}

const SIGNED_OUT = Symbol("signed out");
const STALE = Symbol("stale");

function inviteRow({ body, usedBy }: Invite): unknown {
  const statement = body.statement.body;
  return {
    id: statement["id"],
    for: statement["for"],
    role: statement["role"],
    label: body.label,
    created: statement["created"],
    until: statement["until"],
    usedBy,
    usedAt: usedBy === null ? null : new Date().toISOString(),
  };
}

function jwkOf(request: IncomingMessage): PublicJwk | undefined {
  const [header] = String(request.headers["dpop"] ?? "").split(".");
  if (header === undefined || header === "") return undefined;
  return JSON.parse(Buffer.from(header, "base64url").toString()).jwk;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return JSON.parse(Buffer.concat(chunks).toString() || "null");
}

function problem(response: ServerResponse, status: number, code: string): true {
  response.statusCode = status;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ code, message: `The server says ${code}.` }));
  return true;
}
