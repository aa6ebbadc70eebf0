import type { JsonValue } from "./json.ts";
import { isObject } from "./json.ts";
import { canonical } from "./key.ts";
import { nameClass } from "./names.ts";
import type { Observer } from "./observer.ts";
import type { RuleId } from "./rules.ts";
import {
  credentialsOf,
  headersOf,
  hostOf,
  jwtsIn,
  LOG_FIELDS,
  tokenFacts,
  type CredentialKind,
  type LogField,
  type SeenCredential,
} from "./session.ts";
import { PROVIDERS, providerOf, type Provider } from "./provider.ts";
import { isPseudonym, isTrivial } from "./shapes.ts";

export type Live = "live" | "expired" | "unknown";

/** One distinct credential of the file, without its value. */
export interface InventoryItem {
  /** Number within this inventory: "s1", "s2"… */
  readonly id: string;
  readonly kind: CredentialKind;
  /** Names of the cookies, headers or parameters that hold it. */
  readonly names: readonly string[];
  readonly hosts: readonly string[];
  /** Entries that carry it; at most 1000 are listed. */
  readonly entries: readonly number[];
  readonly carriedBy: number;
  /** RFC 3339, where the file tells. */
  readonly expires?: string;
  /** `unknown` where no expiry can be read: treat it as live. */
  readonly live: Live;
  /** It opens a session (not a preference or a statistics cookie). */
  readonly session: boolean;
  /** It was used in, or is a token for, an administration console. */
  readonly admin: boolean;
  readonly issuer?: string;
  /** Which identifiers of the provider's logs the token holds. The values are in the watch-list only, and keyed. */
  readonly logFields: readonly LogField[];
  /** Number of the person the token names ("p1"), so that one sees which sessions are one person's. */
  readonly person?: string;
  /** Whose it is, where a host or the issuer tells. */
  readonly provider?: Provider;
}

export interface Inventory {
  readonly items: readonly InventoryItem[];
  /** Credentials beyond the limit, which are counted only. */
  readonly unlisted: number;
  readonly people: number;
  readonly sessions: {
    readonly live: number;
    readonly unknown: number;
    readonly expired: number;
    readonly admin: number;
  };
  /** What to do now, in sentences. */
  readonly advice: readonly string[];
}

/** What the watch-list is made from. It holds values: it never leaves the collector's module but through keyed fingerprints. */
export interface Held {
  readonly value: string;
  readonly kind: CredentialKind;
  readonly names: Set<string>;
  readonly hosts: Set<string>;
  readonly entries: number[];
  readonly ids: Map<string, LogField>;
  carriedBy: number;
  expires: number | undefined;
  httpOnly: boolean;
  admin: boolean;
  issuer: string | undefined;
  person: string | undefined;
}

export interface RequestId {
  readonly header: string;
  readonly value: string;
  readonly host: string;
  readonly at: string;
}

const MAX_CREDENTIALS = 20_000;
const MAX_ENTRIES_LISTED = 1000;
const MAX_NAMES = 20;
const MAX_HOSTS = 50;
const MAX_REQUEST_IDS = 1000;
const MAX_SCANNED = 1 << 22;

/** Rules whose values are credentials by themselves; cookies and authorisation are read by place instead. */
const BY_RULE: Partial<Record<RuleId, CredentialKind>> = {
  "header.name": "key",
  "url.userinfo": "password",
  "url.query": "token",
  "url.keyless": "token",
  "url.path": "token",
  "form.field": "password",
  "json.name": "token",
  "json.context": "token",
  "text.name": "token",
  "shape.prefix": "key",
};
/** Outside the entries of a recording nothing is read by place, so the rule tells. */
const BY_RULE_OUTSIDE: Partial<Record<RuleId, CredentialKind>> = {
  "cookie.request": "cookie",
  "cookie.response": "cookie",
  "header.authorization": "bearer",
};
const REQUEST_ID_HEADERS = new Set([
  "x-okta-request-id",
  "x-request-id",
  "x-ms-request-id",
  "client-request-id",
  "request-id",
  "x-correlation-id",
  "x-amzn-requestid",
  "x-amz-request-id",
  "cf-ray",
  "x-github-request-id",
]);
const ADMIN_PLACE = /^(?:[\w-]+-)?admin[.-]|-admin\.|^admin\.|\/admin(?:\/|$|\?)/i;
const LOGGED = new RegExp(`"(${LOG_FIELDS.slice(0, 3).join("|")})"\\s*:\\s*"([^"\\\\]{4,256})"`, "g");

/**
 * Collects the credentials of a file while it is sanitised (pass it as `observer`). Its outputs hold no value:
 * `inventory` describes, and `watchList` (watch.ts) gives keyed fingerprints.
 */
export class InventoryCollector implements Observer {
  readonly #held = new Map<string, Held>();
  readonly #ids = new Map<string, RequestId>();
  readonly #bodyIds = new Map<string, LogField>();
  #unlisted = 0;
  #host = "";
  #admin = false;
  #first: number | undefined;
  #last: number | undefined;

  entry(index: number, entry: JsonValue): void {
    if (!isObject(entry)) return;
    const request = entry["request"];
    const url = isObject(request) && typeof request["url"] === "string" ? request["url"] : "";
    const started = typeof entry["startedDateTime"] === "string" ? Date.parse(entry["startedDateTime"]) : Number.NaN;
    this.#host = hostOf(url) ?? "";
    this.#admin = ADMIN_PLACE.test(this.#host) || /\/admin(?:\/|$|\?)/i.test(url.slice(0, 2000));
    if (!Number.isNaN(started)) {
      this.#first = Math.min(this.#first ?? started, started);
      this.#last = Math.max(this.#last ?? started, started);
    }
    for (const message of [request, entry["response"]])
      for (const seen of credentialsOf(message, started)) this.#add(seen, index);
    this.#requestIds(entry["response"], started);
    visitStrings(entry, (text) => this.#text(text, index));
  }

  text(text: string): void {
    this.#text(text, -1);
  }

  secret(value: string, rule: RuleId, entry: number): void {
    const kind = BY_RULE[rule] ?? (entry < 0 ? BY_RULE_OUTSIDE[rule] : undefined);
    if (kind === undefined || value.length < 12 || /\s/.test(value)) return;
    this.#add({ value, kind, name: rule }, entry);
  }

  #text(text: string, index: number): void {
    if (text.length > MAX_SCANNED) return;
    for (const value of jwtsIn(text)) this.#add({ value, kind: "jwt", name: "" }, index);
    if (!text.includes("essionId") && !text.includes("dtHash")) return;
    for (const match of text.matchAll(LOGGED)) {
      const field = LOG_FIELDS.find((name) => name === match[1]);
      if (field !== undefined && this.#bodyIds.size < MAX_REQUEST_IDS) this.#bodyIds.set(match[2] ?? "", field);
    }
  }

  #requestIds(response: JsonValue | undefined, started: number): void {
    for (const { name, value } of headersOf(response)) {
      if (!REQUEST_ID_HEADERS.has(name) || this.#ids.size >= MAX_REQUEST_IDS || !/^[\w.:=/+-]{6,128}$/.test(value))
        continue;
      this.#ids.set(value, {
        header: name,
        value,
        host: this.#host,
        at: Number.isNaN(started) ? "" : new Date(started).toISOString(),
      });
    }
  }

  #add(seen: SeenCredential, index: number): void {
    const value = canonical(seen.value);
    if (
      value.length < 8 ||
      isTrivial(value) ||
      isPseudonym(value) ||
      /^[a-z]+:?redacted|redacted[0-9a-f]{16}/.test(value)
    )
      return;
    let held = this.#held.get(value);
    if (held === undefined) {
      if (this.#held.size >= MAX_CREDENTIALS) {
        this.#unlisted++;
        return;
      }
      held = {
        value,
        kind: seen.kind,
        names: new Set(),
        hosts: new Set(),
        entries: [],
        ids: new Map(),
        carriedBy: 0,
        expires: undefined,
        httpOnly: false,
        admin: false,
        issuer: undefined,
        person: undefined,
      };
      this.#held.set(value, held);
      readTokens(held);
    }
    if (seen.name !== "" && held.names.size < MAX_NAMES) held.names.add(seen.name.slice(0, 100));
    if (this.#host !== "" && held.hosts.size < MAX_HOSTS) held.hosts.add(this.#host);
    if (index >= 0 && held.entries.at(-1) !== index) {
      held.carriedBy++;
      if (held.entries.length < MAX_ENTRIES_LISTED) held.entries.push(index);
    }
    // A later Set-Cookie prolongs; a token's own expiry stands.
    if (seen.expires !== undefined && (held.expires === undefined || seen.expires > held.expires))
      held.expires = seen.expires;
    held.httpOnly ||= seen.httpOnly === true;
    held.admin ||= this.#admin;
  }

  /** For watch.ts. */
  held(): {
    readonly credentials: readonly Held[];
    readonly requestIds: readonly RequestId[];
    readonly bodyIds: ReadonlyMap<string, LogField>;
    readonly first: number | undefined;
    readonly last: number | undefined;
  } {
    return {
      credentials: [...this.#held.values()],
      requestIds: [...this.#ids.values()].filter((id) => !this.#held.has(id.value)),
      bodyIds: this.#bodyIds,
      first: this.#first,
      last: this.#last,
    };
  }

  inventory(now: Date): Inventory {
    const people = new Map<string, string>();
    const items = [...this.#held.values()].map((held, i) => describe(held, `s${i + 1}`, now.getTime(), people));
    const sessions = items.filter((item) => item.session);
    const count = (live: Live): number => sessions.filter((item) => item.live === live).length;
    const summary = {
      live: count("live"),
      unknown: count("unknown"),
      expired: count("expired"),
      admin: sessions.filter((item) => item.admin && item.live !== "expired").length,
    };
    return {
      items,
      unlisted: this.#unlisted,
      people: people.size,
      sessions: summary,
      advice: advice(sessions, summary),
    };
  }

  /** Forgets every value. */
  close(): void {
    this.#held.clear();
    this.#ids.clear();
    this.#bodyIds.clear();
  }
}

function readTokens(held: Held): void {
  for (const token of jwtsIn(held.value)) {
    const facts = tokenFacts(token);
    if (facts === undefined) continue;
    for (const { field, value } of facts.ids) held.ids.set(value, field);
    held.expires ??= facts.expires;
    held.issuer ??= facts.issuer;
    held.person ??= facts.person;
    held.admin ||= facts.admin;
  }
}

function describe(held: Held, id: string, now: number, people: Map<string, string>): InventoryItem {
  const person = held.person?.toLowerCase();
  if (person !== undefined && !people.has(person)) people.set(person, `p${people.size + 1}`);
  const isToken = held.value.includes("eyJ") && jwtsIn(held.value).length > 0;
  const opens =
    isToken ||
    held.kind === "bearer" ||
    held.kind === "basic" ||
    (held.kind === "cookie" && (held.httpOnly || [...held.names].some((name) => nameClass(name) === "secret")));
  return {
    id,
    kind: isToken && held.kind === "token" ? "jwt" : held.kind,
    names: [...held.names].filter((name) => !(name in BY_RULE || name in BY_RULE_OUTSIDE)),
    hosts: [...held.hosts],
    entries: held.entries,
    carriedBy: held.carriedBy,
    ...(held.expires === undefined || Math.abs(held.expires) > 8.64e15
      ? {}
      : { expires: new Date(held.expires).toISOString() }),
    live: held.expires === undefined ? "unknown" : held.expires > now ? "live" : "expired",
    session: opens,
    admin: held.admin,
    ...(held.issuer === undefined ? {} : { issuer: held.issuer }),
    logFields: [...new Set(held.ids.values())],
    ...(person === undefined ? {} : { person: people.get(person) ?? "" }),
    ...withProvider([...held.hosts, held.issuer ?? ""]),
  };
}

function withProvider(names: readonly string[]): { readonly provider?: Provider } {
  for (const name of names) {
    const provider = providerOf(name);
    if (provider !== undefined) return { provider };
  }
  return {};
}

function advice(sessions: readonly InventoryItem[], count: Inventory["sessions"]): readonly string[] {
  const out: string[] = [];
  const open = sessions.filter((item) => item.live !== "expired");
  if (open.length === 0) return out;
  const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
  if (count.admin > 0)
    out.push(
      `The file as recorded holds ${many(count.admin, "administrator session")} that may still be live. Revoke ${count.admin === 1 ? "it" : "them"} now.`,
    );
  out.push(
    `${many(count.live, "session credential")} had not expired when this was read; for ${count.unknown} the file does not tell. Signing out in the browser that recorded it ends most of them.`,
  );
  for (const { id, how } of PROVIDERS) if (open.some((item) => item.provider === id)) out.push(how);
  return out;
}

function visitStrings(value: JsonValue, visit: (text: string) => void, depth = 0): void {
  if (typeof value === "string") {
    if (value.length >= 12) visit(value);
  } else if (depth < 64 && Array.isArray(value)) for (const item of value) visitStrings(item, visit, depth + 1);
  else if (depth < 64 && isObject(value))
    for (const member of Object.values(value)) visitStrings(member, visit, depth + 1);
}
