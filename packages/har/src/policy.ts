import { sha256 } from "@noble/hashes/sha2.js";
import { isObject, type JsonObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";
import { isPersonalName } from "./find/pii.ts";
import { flatten, nameClass, type NameClass } from "./names.ts";
import { base64url, openSigned, signDocument, signedBytes, type Signed, type Signer } from "./signed.ts";

/** `support` takes out what is secret or personal. `strict` rebuilds the file from what is known to be harmless. */
export type Mode = "support" | "strict";

/** An administrator's additions to the rules. docs/guides/har.md describes the file. */
export interface Policy {
  readonly format: "breakwater-har-policy/1";
  readonly name: string;
  /** Absent: the caller's, or `support`. A policy may ask for `strict`, and then no caller can ask for less. */
  readonly mode?: Mode;
  /** Names (of headers, parameters, JSON members, fields) whose every value is secret. */
  readonly redactNames: readonly string[];
  /**
   * Names that are no reason to redact. A loosening: it is recorded. Cookies and authorisation cannot be kept, and a
   * value that is secret by its form or elsewhere in the file goes all the same.
   */
  readonly keepNames: readonly string[];
  /** `false`: nobody may keep a single value readable after looking at the result. */
  readonly keepValues?: boolean;
}

const MAX_NAMES = 1000;
const MAX_NAME = 100;
const MAX_BYTES = 1 << 18;
const DOMAIN = "har-policy";
/** What these hold opens sessions, whatever a policy says. */
const NEVER_KEPT = new Set([
  "cookie",
  "setcookie",
  "authorization",
  "proxyauthorization",
  "password",
  "passwd",
  "samlresponse",
]);

/** Reads a policy file: strictly, so that a misspelt member is an error and not a rule that does not exist. */
export function parsePolicy(text: string): Policy {
  if (text.length > MAX_BYTES) throw refuse(`it has more than ${MAX_BYTES} characters`);
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not valid JSON");
  }
  return checkPolicy(value);
}

export function checkPolicy(value: JsonValue): Policy {
  if (!isObject(value)) throw refuse("it is no JSON object");
  for (const member of Object.keys(value))
    if (!["format", "name", "mode", "redactNames", "keepNames", "keepValues"].includes(member))
      throw refuse(`the member ${JSON.stringify(member.slice(0, 40))} is unknown`);
  if (value["format"] !== "breakwater-har-policy/1") throw refuse('`format` must be "breakwater-har-policy/1"');
  const name = value["name"];
  if (typeof name !== "string" || name.length === 0 || name.length > MAX_NAME)
    throw refuse(`\`name\` must be a text of 1 to ${MAX_NAME} characters`);
  const mode = value["mode"];
  if (mode !== undefined && mode !== "support" && mode !== "strict")
    throw refuse('`mode` must be "support" or "strict"');
  const keepValues = value["keepValues"];
  if (keepValues !== undefined && typeof keepValues !== "boolean") throw refuse("`keepValues` must be true or false");
  const keepNames = names(value, "keepNames");
  for (const kept of keepNames)
    if (NEVER_KEPT.has(flatten(kept))) throw refuse(`\`keepNames\` may not hold ${JSON.stringify(kept)}`);
  return {
    format: "breakwater-har-policy/1",
    name,
    ...(mode === undefined ? {} : { mode }),
    redactNames: names(value, "redactNames"),
    keepNames,
    ...(keepValues === undefined ? {} : { keepValues }),
  };
}

function names(policy: JsonObject, member: string): readonly string[] {
  const value = policy[member];
  if (value === undefined) return [];
  if (!Array.isArray(value) || value.length > MAX_NAMES)
    throw refuse(`\`${member}\` must be a list of at most ${MAX_NAMES} names`);
  return value.map((item, i) => {
    if (typeof item !== "string" || item.length > MAX_NAME || flatten(item) === "")
      throw refuse(
        `\`${member}\`, number ${i + 1}: a name has 1 to ${MAX_NAME} characters, with a letter or digit among them`,
      );
    return item;
  });
}

function refuse(why: string): HarError {
  return new HarError("har.policy", `The policy was refused: ${why}.`);
}

export function signPolicy(policy: Policy, signer: Signer): Promise<Signed<Policy>> {
  return signDocument(DOMAIN, policy, signer);
}

/** The policy if the administrator whose key is `trusted` signed it. */
export async function openPolicy(signed: JsonValue, trusted: Uint8Array): Promise<Policy> {
  return checkPolicy(await openSigned(DOMAIN, signed, trusted));
}

/** SHA-256 of the canonical policy, for the manifest. */
export function policyHash(policy: Policy): string {
  return `sha256:${base64url(sha256(signedBytes(DOMAIN, policy)))}`;
}

/** How names are judged in one run: the rules of names.ts, and a policy over them. */
export class NameJudge {
  readonly #redact: ReadonlySet<string>;
  readonly #keep: ReadonlySet<string>;
  readonly #met = new Map<string, number>();
  readonly #isPlain: boolean;
  /** Matches the names to redact, however they are written: costCentre, cost-centre, COST_CENTRE. */
  readonly ordered: RegExp | undefined;

  constructor(policy?: Policy) {
    this.#redact = new Set(policy?.redactNames.map(flatten));
    this.#keep = new Set(policy?.keepNames.map(flatten));
    this.#isPlain = this.#redact.size === 0 && this.#keep.size === 0;
    const spelt = [...this.#redact].toSorted((a, b) => b.length - a.length).map((name) => [...name].join("[_. -]?"));
    this.ordered =
      spelt.length === 0 ? undefined : new RegExp(`(?<![A-Za-z0-9])(?:${spelt.join("|")})(?![A-Za-z0-9])`, "gi");
  }

  classOf(name: string): NameClass {
    const usual = nameClass(name);
    if (this.#isPlain || name.length > 200) return usual;
    const flat = flatten(name);
    if (this.#redact.has(flat)) return "secret";
    if (!this.#keeps(flat)) return usual;
    if (usual === "secret" || usual === "likely" || isPersonalName(name))
      this.#met.set(flat, (this.#met.get(flat) ?? 0) + 1);
    return "safe";
  }

  /** Is every value under this name to go? */
  orders(name: string): boolean {
    return this.#redact.size > 0 && name.length <= 200 && this.#redact.has(flatten(name));
  }

  /** Is the name kept by the policy? */
  #keeps(flat: string): boolean {
    return this.#keep.has(flat) && !NEVER_KEPT.has(flat);
  }

  /** Kept names that would have been redacted, for the report. */
  loosened(): readonly string[] {
    return [...this.#met.keys()].sort();
  }
}
