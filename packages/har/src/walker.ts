import type { NameClass } from "./names.ts";
import type { RuleId } from "./rules.ts";

/** Where a text stands, as far as it changes how it is read. */
export type Place = "header" | "param" | "json" | "markup" | "code" | "text";

/** What a reader of one format needs from the walk. The same readers harvest (nothing is changed) and redact. */
export interface Walker {
  /** What a name says about its value, by the rules and the policy of this run. */
  nameClass(name: string): NameClass;
  /** Is this a body of an exchange that opens a session? */
  readonly atLogin: boolean;
  /** Does the policy of this run order that every value under this name goes, whatever it looks like? */
  ordered(name: string): boolean;
  /** Finds such names in text without a structure; undefined where the policy orders nothing. */
  readonly orderedNames: RegExp | undefined;
  /** The value is secret because of its place or shape: remember it; gives back what stands there from now on. */
  secret(value: string, rule: RuleId): string;
  /** The same, for a place whose length must not change. */
  sized(value: string, rule: RuleId, alphabet: "text" | "hex"): string;
  /** Personal data: as `secret`, but never searched for in pieces. */
  personal(value: string, rule: RuleId): string;
  /** A number in a secret place. */
  number(source: string, rule: RuleId): string;
  /** A value that is secret as a whole but may have a known inner form (JWT, SAML, URL, scheme and credential). */
  secretValue(value: string, rule: RuleId): string;
  /** A value under a name: the name decides, else its form. */
  named(value: string, name: string, place: Place, rule: RuleId): string;
  /** Any text: its form decides. Echoes of known values inside decoded layers are replaced too. */
  text(value: string, place: Place): string;
  /** Replaces what is known to be secret and still stands in a text that was decoded from another. */
  echoes(text: string): string;
  /** The same without changing the length, for bytes read as Latin-1. */
  echoesSized(text: string): string;
  /** Remembers a host, header name or other text that must stay readable. */
  evidence(value: string): void;
  /** Notes that a text must be read again when it is redacted, although nothing in it was found. */
  touch(): void;
  /** A part that cannot be read: it is masked whole. */
  refuse(reason: string): string;
  /** Levels of formats inside formats above this point. */
  readonly depth: number;
  readonly harvesting: boolean;
}
