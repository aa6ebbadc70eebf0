import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { HarError } from "./error.ts";

const encoder = new TextEncoder();

/** Shown hexadecimal digits: 80 bits, so that a million values collide with a chance of about 10^-12. */
const SHOWN = 20;

/**
 * Keyed stand-ins: the same secret gives the same stand-in under one key, and without the key nothing can be tried.
 * A stand-in has only letters and digits, so it needs no escaping in a URL, cookie, header, JSON, XML or base64 text.
 */
export class Pseudonyms {
  readonly #key: Uint8Array;
  readonly #cache = new Map<string, string>();

  constructor(key: Uint8Array) {
    if (key.length !== 32)
      throw new HarError("har.key", `The pseudonym key has ${key.length} bytes; exactly 32 random bytes are needed.`);
    this.#key = key.slice();
  }

  of(value: string): string {
    const id = canonical(value);
    const known = this.#cache.get(id);
    if (known !== undefined) return known;
    const mac = hmac(sha256, this.#key, encoder.encode(id));
    let hex = "redacted";
    for (let i = 0; i < SHOWN / 2; i++) hex += (mac[i] ?? 0).toString(16).padStart(2, "0");
    if (this.#cache.size > 20_000) this.#cache.clear();
    this.#cache.set(id, hex);
    return hex;
  }

  /** Exactly `length` characters, for places whose length must not change (inside base64, hexadecimal, binary). */
  sized(value: string, length: number, alphabet: "text" | "hex"): string {
    const whole = this.of(value);
    const hex = whole.slice(8);
    // It must be known again as a stand-in, however short: a second run leaves it alone.
    let out = alphabet === "text" ? whole : hex;
    while (out.length < length) out += hex;
    return out.slice(0, length);
  }

  /** Forgets the key. */
  close(): void {
    this.#key.fill(0);
    this.#cache.clear();
  }
}

/** One secret written in several ways (URL-encoded, quoted) is one secret. */
export function canonical(value: string): string {
  let text = value;
  for (let level = 0; level < 3 && text.includes("%"); level++) {
    const next = percentDecode(text);
    if (next === text) break;
    text = next;
  }
  if (text.length >= 2 && text.startsWith('"') && text.endsWith('"')) text = text.slice(1, -1);
  return text;
}

/** decodeURIComponent that leaves alone what it cannot read. */
export function percentDecode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
      }
    });
  }
}

/**
 * A cookie may hold an address. Scheme, host and the slashes around a path are everywhere in a file and must stay
 * there; what follows them is searched for.
 */
export function withoutOrigin(value: string): string {
  return value.replace(/^"?(?:[a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i, "").replace(/^[/?#.:;,&=]+|[/?#.:;,&]+$/g, "");
}
