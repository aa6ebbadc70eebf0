import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { HarError } from "./error.ts";
import type { InventoryCollector, Live } from "./inventory.ts";
import type { CredentialKind, LogField } from "./session.ts";

/**
 * The watch-list: what tells that a session of the file is used elsewhere, without the session. docs/guides/har.md has
 * the format. The watch computes `fingerprint` over what its logs say, under the same key, and compares.
 */
export interface WatchList {
  readonly format: "breakwater-watch/1";
  /** First 16 hexadecimal digits of the fingerprint of the empty text: tells which key was used. */
  readonly keyId: string;
  /** When the recording began and ended (RFC 3339), as far as it says. */
  readonly recorded: { readonly from?: string; readonly to?: string };
  readonly credentials: readonly WatchedCredential[];
  /** Identifiers as the providers' logs write them, keyed. */
  readonly logIds: readonly { readonly field: LogField; readonly fingerprint: string }[];
  /** Request identifiers that the servers answered with. They open nothing, and stand in the sanitised file too. */
  readonly requestIds: readonly {
    readonly header: string;
    readonly value: string;
    readonly host: string;
    readonly at: string;
  }[];
  /** Whose sessions these are. The name is in clear, since the watch must find the account in order to act. */
  readonly people: readonly { readonly person: string; readonly fingerprint: string }[];
}

export interface WatchedCredential {
  readonly kind: CredentialKind;
  readonly fingerprint: string;
  readonly hosts: readonly string[];
  readonly expires?: string;
  readonly live: Live;
  readonly admin: boolean;
}

const encoder = new TextEncoder();
/** Domain separation: a fingerprint can never pass for another keyed hash of the product. */
const DOMAIN = "breakwater/v1/watch\0";

/** HMAC-SHA-256 of a value under the watch key, as 64 hexadecimal digits. */
export function fingerprint(watchKey: Uint8Array, value: string): string {
  if (watchKey.length !== 32)
    throw new HarError("har.key", `The watch key has ${watchKey.length} bytes; exactly 32 random bytes are needed.`);
  let hex = "";
  for (const byte of hmac(sha256, watchKey, encoder.encode(DOMAIN + value))) hex += byte.toString(16).padStart(2, "0");
  return hex;
}

/** The watch-list of what `collector` saw. Only credentials that open sessions, or may, are in it. */
export function watchList(collector: InventoryCollector, watchKey: Uint8Array, now: Date): WatchList {
  const { credentials, requestIds, bodyIds, first, last } = collector.held();
  const described = collector.inventory(now).items;
  const ids = new Map<string, LogField>(bodyIds);
  const people = new Set<string>();
  const watched: WatchedCredential[] = [];
  for (const [i, held] of credentials.entries()) {
    const item = described[i];
    if (item === undefined) continue;
    for (const [value, field] of held.ids) ids.set(value, field);
    if (held.person !== undefined) people.add(held.person.toLowerCase());
    const expires = item.expires === undefined ? {} : { expires: item.expires };
    watched.push({
      kind: item.kind,
      fingerprint: fingerprint(watchKey, held.value),
      hosts: item.hosts,
      ...expires,
      live: item.live,
      admin: item.admin,
    });
  }
  return {
    format: "breakwater-watch/1",
    keyId: fingerprint(watchKey, "").slice(0, 16),
    recorded: { ...time("from", first), ...time("to", last) },
    credentials: watched,
    logIds: [...ids].map(([value, field]) => ({ field, fingerprint: fingerprint(watchKey, value) })),
    requestIds,
    people: [...people].map((person) => ({ person, fingerprint: fingerprint(watchKey, person) })),
  };
}

function time<Name extends string>(name: Name, at: number | undefined): { readonly [K in Name]?: string } {
  return at === undefined ? {} : ({ [name]: new Date(at).toISOString() } as { readonly [K in Name]: string });
}
