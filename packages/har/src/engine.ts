import { asText, decodeBase64 } from "./base64.ts";
import type { Dictionary } from "./dictionary.ts";
import { rewriteBase64Run, rewriteRawDeflate } from "./find/encoded.ts";
import { isJwt, jwtInside } from "./find/jwt.ts";
import { rewritePersonal } from "./find/pii.ts";
import { rewriteText } from "./find/text.ts";
import { isUrlName, rewriteUrl } from "./find/url.ts";
import type { Keep } from "./keep.ts";
import { canonical, type Pseudonyms, withoutOrigin } from "./key.ts";
import { Memo, type Marks, type Outcome } from "./memo.ts";
import { isDigestName, isExchangeId, type NameClass } from "./names.ts";
import type { Observer } from "./observer.ts";
import { pointerStep } from "./pointer.ts";
import type { NameJudge } from "./policy.ts";
import type { ReportBuilder } from "./report.ts";
import type { RuleId } from "./rules.ts";
import {
  isPseudonym,
  isSentence,
  isTrivial,
  isVocabulary,
  looksHexDigest,
  looksRandom,
  looksToken,
  spellings,
} from "./shapes.ts";
import { findKnown } from "./views.ts";
import type { Place, Walker } from "./walker.ts";

/** Formats inside formats deeper than this are masked. Five is the deepest seen in the field (JSON, form, JWT, base64, JSON). */
const MAX_DEPTH = 12;
const MAX_EVIDENCE = 50_000;
const MAX_EVIDENCE_LENGTH = 4096;
const MAX_EVIDENCE_TOTAL = 1 << 21;

/** Faults that tests seed, to see that verification notices them. */
export interface Faults {
  /** A rule that finds but does not replace. Echoes are not replaced either then, since they would make up for it. */
  readonly rule?: RuleId;
  /** Nothing is replaced at all. */
  readonly all?: boolean;
}

export interface EngineParts {
  readonly mode: "harvest" | "redact";
  readonly dictionary: Dictionary;
  readonly pseudonyms: Pseudonyms;
  readonly report: ReportBuilder;
  readonly faults?: Faults | undefined;
  readonly observer?: Observer | undefined;
  readonly names: NameJudge;
  readonly keep: Keep;
  /** Written while harvesting, read while redacting. */
  readonly marks: Marks;
}

/** One walk over the values of a file, harvesting or redacting. It knows where in the file it stands, for the report. */
export class Engine implements Walker {
  readonly harvesting: boolean;
  readonly path: (string | number)[] = [];
  entry = -1;
  /** The exchange that is being read opens or renews a session: what it answers is more likely a token. */
  atLogin = false;
  depth = 0;
  /** Gives the text for which another stands. */
  whole: (text: string) => string = (text) => text;
  readonly #parts: EngineParts;
  readonly #evidence = new Set<string>();
  #evidenceLength = 0;
  readonly #memo = new Memo();
  /** Whether the marks of the harvest hold for the entry that is being redacted. */
  #marked = false;
  #touched = false;
  #told: [string, RuleId][] = [];
  #found: [RuleId, string | undefined][] = [];
  #kept: [string, RuleId][] = [];
  #refused: string[] = [];

  constructor(parts: EngineParts) {
    this.#parts = parts;
    this.harvesting = parts.mode === "harvest";
  }

  pointer = (): string => {
    const start = this.entry < 0 ? "" : `/log/entries/${this.entry}`;
    return (
      start + this.path.map((step) => `/${this.#parts.dictionary.has(String(step)) ? "*" : pointerStep(step)}`).join("")
    );
  };

  /** An entry begins. `marked` says that it is as it was when it was harvested. */
  begin(entry: number, marked: boolean): void {
    this.entry = entry;
    this.#marked = marked && entry >= 0;
    if (this.harvesting && entry >= 0) this.#parts.marks.begin();
    else if (this.#marked) this.#parts.marks.open(entry);
  }

  /** Whether the walk met the texts that were marked. If not, the entry has to be redacted without marks. */
  ended(): boolean {
    return !this.#marked || this.#parts.marks.closed(this.entry);
  }

  /**
   * Reads one text of the file. `place` and `name` are all beside the text itself on which the outcome depends. The text
   * may be held elsewhere: `rewrite` is given it whole.
   */
  leaf(place: string, name: string, held: string, rewrite: (value: string) => string): string {
    if (!this.harvesting && this.#marked && this.#parts.marks.next()) return held;
    const value = this.whole(held);
    const known = this.#memo.get(place, name, value);
    if (known !== undefined) return this.#again(known);
    this.#touched = false;
    this.#told = [];
    this.#found = [];
    this.#kept = [];
    this.#refused = [];
    const text = rewrite(value);
    const outcome: Outcome = {
      text,
      inert: !this.#touched,
      told: this.#told,
      found: this.#found,
      kept: this.#kept,
      refused: this.#refused,
    };
    this.#memo.set(place, name, value, outcome);
    // What is found from here on, at the last look over the entry, is no part of this outcome.
    this.#found = [];
    if (this.harvesting && this.entry >= 0) this.#parts.marks.push(outcome.inert);
    return text;
  }

  #again(outcome: Outcome): string {
    for (const [value, rule] of outcome.told) this.#parts.observer?.secret(value, rule, this.entry);
    for (const [rule, value] of outcome.found) this.#report(rule, value);
    for (const [value, rule] of outcome.kept) this.#parts.keep.met(value, rule);
    for (const reason of outcome.refused) this.#parts.report.refused(this.entry, this.pointer(), reason);
    if (this.harvesting && this.entry >= 0) this.#parts.marks.push(outcome.inert);
    return outcome.text;
  }

  touch(): void {
    this.#touched = true;
  }

  #finding(rule: RuleId, value?: string): void {
    this.#found.push([rule, value]);
    this.#report(rule, value);
  }

  #report(rule: RuleId, value: string | undefined): void {
    const { report, observer, pseudonyms } = this.#parts;
    report.found(rule, this.entry, this.pointer);
    observer?.replaced?.(value === undefined ? undefined : pseudonyms.of(value), rule, this.entry, this.pointer);
  }

  /** The owner of the file keeps this value readable. */
  #keeps(value: string, rule: RuleId): boolean {
    if (!this.#parts.keep.holds(value)) return false;
    if (!this.harvesting) {
      this.#kept.push([value, rule]);
      this.#parts.keep.met(value, rule);
    }
    return true;
  }

  #tell(value: string, rule: RuleId): void {
    const observer = this.#parts.observer;
    if (observer === undefined) return;
    this.#told.push([value, rule]);
    observer.secret(value, rule, this.entry);
  }

  nameClass = (name: string): NameClass => this.#parts.names.classOf(name);
  ordered = (name: string): boolean => this.#parts.names.orders(name);
  get orderedNames(): RegExp | undefined {
    return this.#parts.names.ordered;
  }

  secret(value: string, rule: RuleId): string {
    if (value === "" || isPseudonym(value)) return value;
    this.#touched = true;
    if (this.#keeps(value, rule)) return value;
    if (this.harvesting) return this.#remember(value, rule);
    if (this.#faulty(rule)) return value;
    this.#finding(rule, value);
    return this.#parts.pseudonyms.of(value);
  }

  sized(value: string, rule: RuleId, alphabet: "text" | "hex"): string {
    this.#touched = true;
    if (this.#keeps(value, rule)) return value;
    if (this.harvesting) return this.#remember(value, rule);
    if (this.#faulty(rule)) return value;
    this.#finding(rule, value);
    return this.#parts.pseudonyms.sized(value, value.length, alphabet);
  }

  personal(value: string, rule: RuleId): string {
    if (value === "" || isPseudonym(value)) return value;
    this.#touched = true;
    if (this.#keeps(value, rule)) return value;
    if (this.harvesting) {
      // Names and numbers without letters are common text: only longer ones are searched for elsewhere.
      if (value.includes("@") || value.length >= 15 || (/\s/.test(value) && value.length >= 10))
        this.#parts.dictionary.add(value, false);
      return value;
    }
    if (this.#faulty(rule)) return value;
    this.#finding(rule, value);
    return this.#parts.pseudonyms.of(value);
  }

  /** Numbers stay numbers. They carry few bits, so equality is not kept: all become ones. */
  number(source: string, rule: RuleId): string {
    this.#touched = true;
    if (this.harvesting) return this.#remember(source, rule);
    const masked = source.replace(/[eE][+-]?\d+$/, "").replace(/\d/g, "1");
    if (masked === source || this.#faulty(rule)) return source;
    this.#finding(rule);
    return masked;
  }

  secretValue(value: string, rule: RuleId): string {
    if (isTrivial(value) || isPseudonym(value)) return value;
    if (isSentence(value)) return this.text(value, "text");
    if (this.harvesting) this.#tell(value, rule);
    if (this.#parts.keep.holds(value)) return this.secret(value, rule);
    if (isJwt(value)) return this.text(value, "text");
    if (/^(?:https?|wss?):\/\//i.test(value) && !rule.startsWith("cookie")) return rewriteUrl(value, this);
    const inner = jwtInside(value);
    if (inner !== undefined) {
      const next = this.text(inner, "text");
      return this.secret(value.slice(0, value.length - inner.length), rule) + next;
    }
    if (this.harvesting) this.#rememberInside(value, rule, 0);
    return this.secret(value, rule);
  }

  named(value: string, name: string, place: Place, rule: RuleId): string {
    if (value.length < 2 || isPseudonym(value)) return value;
    if (this.ordered(name)) return this.secret(value, rule);
    const cls = this.nameClass(name);
    if (cls === "secret") return this.#secretNamed(value, name, place, rule);
    if (cls === "likely" && this.#likely(value, name, place)) return this.secretValue(value, rule);
    // Hexadecimal says nothing about itself. As a parameter it is more often a token than the digest of a file.
    if (place === "param" && cls !== "safe" && looksHexDigest(value) && !isDigestName(name))
      return this.secretValue(value, rule);
    if (cls !== "likely" && isExchangeId(name) && /^[\w.:+-]{8,64}$/.test(value) && !value.includes("eyJ"))
      return value;
    const personal = rewritePersonal(value, name, this);
    if (personal !== undefined) return personal;
    if (value.length >= 12 && isUrlName(name) && /^[/?#.]/.test(value)) return rewriteUrl(value, this);
    return this.text(value, place);
  }

  #likely(value: string, name: string, place: Place): boolean {
    if (looksToken(value)) return true;
    // OAuth codes and one-time codes are short; a parameter of exactly this name is one unless it is a word.
    return (
      place === "param" &&
      /^(?:code|otp|pin|state|nonce|ticket|key)$/i.test(name) &&
      value.length >= 5 &&
      /\d/.test(value) &&
      !/^[\w-]+\.\w{2,4}$/.test(value) &&
      /^[\w.~+/=-]+$/.test(value)
    );
  }

  #secretNamed(value: string, name: string, place: Place, rule: RuleId): string {
    if (/saml(?:request|response|art)|wresult|assertion|relaystate/i.test(name)) {
      if (value.startsWith("<")) return this.text(value, "text");
      const inside = rewriteBase64Run(value, this) ?? rewriteRawDeflate(value, this);
      if (inside !== undefined) return inside;
      if (/^(?:https?:\/)?\//.test(value)) return rewriteUrl(value, this);
    }
    // An object written as text is read, so that its harmless members stay; its names decide, and all tokens in it go.
    if (place !== "param" && /^[{[]/.test(value) && value.length > 2) {
      if (this.harvesting) this.#rememberInside(value, rule, 0);
      return this.text(value, place);
    }
    // A message about a password is not one; it is masked where it stands, without a search for its words.
    return this.secretValue(value, rule);
  }

  text(value: string, place: Place): string {
    if (value.length < 6) return value;
    if (this.depth >= MAX_DEPTH) return this.refuse("formats nested too deeply");
    this.depth++;
    try {
      return rewriteText(value, place, this);
    } finally {
      this.depth--;
    }
  }

  echoes(text: string): string {
    this.#touched = true;
    if (this.harvesting || text.length < 8 || this.#parts.faults !== undefined) return text;
    const spans = findKnown(this.#parts.dictionary, text);
    if (spans.length === 0) return text;
    const out: string[] = [];
    let kept = 0;
    for (const { start, end, match } of spans) {
      this.#finding("echo", match.value);
      const raw = match.variant === "raw";
      out.push(
        text.slice(kept, start),
        raw ? this.#parts.pseudonyms.of(match.value) : this.#parts.pseudonyms.sized(match.value, end - start, "hex"),
      );
      kept = end;
    }
    return out.join("") + text.slice(kept);
  }

  echoesSized(text: string): string {
    this.#touched = true;
    if (this.harvesting || this.#parts.faults !== undefined) return text;
    let out = text;
    for (const { start, end, match } of findKnown(this.#parts.dictionary, text)) {
      this.#finding("echo", match.value);
      out =
        out.slice(0, start) +
        this.#parts.pseudonyms.sized(match.value, end - start, match.variant === "raw" ? "text" : "hex") +
        out.slice(end);
    }
    return out;
  }

  /** Takes out what is known and stands partly at the end of one message, partly at the beginning of the next. */
  mend = (left: string, right: string): readonly [string, string] | undefined => {
    if (this.#parts.faults !== undefined) return undefined;
    const across = findKnown(this.#parts.dictionary, left + right).find(
      ({ start, end }) => start < left.length && end > left.length,
    );
    if (across === undefined) return undefined;
    this.#finding("echo", across.match.value);
    return [
      left.slice(0, across.start) + this.#parts.pseudonyms.of(across.match.value),
      right.slice(across.end - left.length),
    ];
  };

  evidence(value: string): void {
    if (
      !this.harvesting ||
      value.length < 8 ||
      value.length > MAX_EVIDENCE_LENGTH ||
      this.#evidence.size >= MAX_EVIDENCE
    )
      return;
    if (this.#evidence.has(value)) return;
    this.#evidenceLength += value.length;
    if (this.#evidenceLength <= MAX_EVIDENCE_TOTAL) this.#evidence.add(value);
  }

  refuse(reason: string): string {
    this.#touched = true;
    if (!this.harvesting) {
      this.#refused.push(reason);
      this.#parts.report.refused(this.entry, this.pointer(), reason);
    }
    return `redacted: ${reason}`;
  }

  /** Values that protocol evidence is made of (hosts, header names, media types): found somewhere secret by accident, needed everywhere. */
  harmless(): (value: string) => boolean {
    const all = [...this.#evidence].join("\n");
    return (value) => !looksRandom(value, 12) && all.includes(value);
  }

  #faulty(rule: RuleId): boolean {
    const faults = this.#parts.faults;
    return faults !== undefined && (faults.all === true || faults.rule === rule);
  }

  #remember(value: string, rule: RuleId): string {
    this.#tell(value, rule);
    const strong = rule.startsWith("cookie") || rule.startsWith("header");
    if (!strong && isVocabulary(value)) return value;
    if (strong && value.length < 12 && isVocabulary(value)) return value;
    for (const form of new Set([value, canonical(value)])) {
      const core = withoutOrigin(form);
      for (const written of spellings(core))
        this.#parts.dictionary.add(written, looksRandom(written, MIN_PIECES) || looksHexDigest(written));
    }
    return value;
  }

  /** The tokens that a longer secret is made of, also through base64: each may be repeated alone elsewhere. */
  #rememberInside(value: string, rule: RuleId, level: number): void {
    const plain = canonical(value);
    for (const piece of plain.match(/[A-Za-z0-9_-]{12,}/g) ?? []) {
      if (
        piece !== value &&
        !piece.startsWith("eyJ") &&
        looksToken(piece) &&
        looksRandom(piece, 12) &&
        !isPseudonym(piece)
      )
        this.#parts.dictionary.add(piece, looksRandom(piece, MIN_PIECES));
    }
    if (level >= 3) return;
    const encoded = plain.replace(/^base64-/, "");
    const bytes = encoded.length < 24 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(encoded) ? undefined : decodeBase64(encoded);
    const text = bytes === undefined ? undefined : asText(bytes);
    if (text !== undefined && text !== plain) this.#rememberInside(text, rule, level + 1);
  }
}

/** Random from this length on, a piece of a value is as telling as the value. */
const MIN_PIECES = 16;
