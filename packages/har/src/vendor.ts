import { VENDOR_DATA } from "./vendor-data.ts";

/**
 * Credentials that name their vendor by how they begin, for the rules of gitleaks and Kingfisher. No expression is tried
 * before its literal beginning was met, and no literal is compared before a filter over three characters lets it through.
 */

interface Rule {
  readonly begins: string;
  readonly pattern: RegExp;
  readonly entropy: number;
}

const FILTER_BITS = 13;
const FILTER = new Uint8Array(1 << FILTER_BITS);
const BY_START = new Map<string, Rule[]>();

function slot(a: number, b: number, c: number): number {
  return (Math.imul((a << 14) ^ (b << 7) ^ c, 0x9e3779b1) >>> (32 - FILTER_BITS)) & (FILTER.length - 1);
}

for (const [, begins, source, entropy] of VENDOR_DATA) {
  const pattern = new RegExp(source, "y");
  for (const begin of begins.split(" ")) {
    const start = begin.slice(0, 3);
    FILTER[slot(start.charCodeAt(0), start.charCodeAt(1), start.charCodeAt(2))] = 1;
    const rules = BY_START.get(start);
    if (rules === undefined) BY_START.set(start, [{ begins: begin, pattern, entropy }]);
    else rules.push({ begins: begin, pattern, entropy });
  }
}

/** Replaces every such credential in a run of token characters. */
export function rewriteVendorTokens(run: string, replace: (token: string) => string): string {
  let out = "";
  let kept = 0;
  const last = run.length - 3;
  for (let i = 0; i <= last; i++) {
    if (FILTER[slot(run.charCodeAt(i), run.charCodeAt(i + 1), run.charCodeAt(i + 2))] === 0) continue;
    const token = tokenAt(run, i);
    if (token === undefined) continue;
    out += run.slice(kept, i) + replace(token);
    kept = i + token.length;
    i = kept - 1;
  }
  return kept === 0 ? run : out + run.slice(kept);
}

function tokenAt(run: string, at: number): string | undefined {
  if (at > 0 && isWord(run.charCodeAt(at - 1))) return undefined;
  for (const { begins, pattern, entropy } of BY_START.get(run.slice(at, at + 3)) ?? []) {
    if (!run.startsWith(begins, at)) continue;
    pattern.lastIndex = at;
    let token = pattern.exec(run)?.[0];
    if (token === undefined || entropyOf(token) < entropy) continue;
    if (isWord(run.charCodeAt(at + token.length))) {
      // A longer word that begins like a token is none, unless the beginning can be nothing else.
      if (begins.length < 5 || !/[_.~-]/.test(begins)) continue;
      token = /^[\w-]+/.exec(run.slice(at))?.[0] ?? token;
    }
    return token;
  }
  return undefined;
}

/** ASCII letters, digits and the underscore; false past the end. */
function isWord(code: number): boolean {
  return (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95;
}

/** Shannon entropy in bits per character. */
function entropyOf(text: string): number {
  const counts = new Map<string, number>();
  for (const c of text) counts.set(c, (counts.get(c) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length);
  return bits;
}
