/**
 * Converts the rule sets of gitleaks and Kingfisher into packages/har/src/vendor-data.ts, and Kingfisher's examples into test
 * vectors. Run by hand when a rule set is renewed:
 *   node tools/secret-rules.ts GITLEAKS_CHECKOUT GITLEAKS_COMMIT KINGFISHER_CHECKOUT KINGFISHER_COMMIT
 * Taken are rules whose secret names itself by how it begins; those that need a word nearby are the work of names.ts.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse as parseToml } from "smol-toml";
import { parse as parseYaml } from "yaml";
import { beginnings, least, parse, print, secretOf } from "./secret-rules/expression.ts";

interface Raw {
  readonly id: string;
  readonly name: string;
  readonly pattern: string;
  readonly entropy: number;
  readonly examples: readonly string[];
}

interface Rule {
  readonly id: string;
  readonly begins: readonly string[];
  readonly pattern: string;
  readonly entropy: number;
}

/** Shorter beginnings stand in too many other words; shorter secrets are no secrets. */
const MIN_BEGIN = 3;
const MIN_SECRET = 16;
/** Named by themselves, but made to be public. */
const PUBLIC = /public|recipient|publishable|client id|username|webhook id/i;

const root = join(import.meta.dirname, "..");

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function records(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function gitleaks(folder: string): readonly Raw[] {
  const file = parseToml(readFileSync(join(folder, "config/gitleaks.toml"), "utf8"));
  return records(file["rules"]).map((rule) => ({
    id: `gitleaks.${text(rule["id"])}`,
    name: text(rule["id"]).replaceAll("-", " "),
    pattern: text(rule["regex"]),
    entropy: typeof rule["entropy"] === "number" ? rule["entropy"] : 0,
    examples: [],
  }));
}

function kingfisher(folder: string): readonly Raw[] {
  const rules = join(folder, "data/rules");
  return readdirSync(rules)
    .filter((name) => name.endsWith(".yml"))
    .toSorted()
    .flatMap((name) => {
      const file: unknown = parseYaml(readFileSync(join(rules, name), "utf8"));
      return records(isRecord(file) ? file["rules"] : undefined);
    })
    .filter((rule) => rule["visible"] !== false)
    .map((rule) => ({
      id: text(rule["id"]),
      name: text(rule["name"]),
      pattern: text(rule["pattern"]),
      entropy: typeof rule["min_entropy"] === "number" ? rule["min_entropy"] : 0,
      examples: Array.isArray(rule["examples"]) ? rule["examples"].map(text) : [],
    }));
}

function convert(raw: Raw): Rule | undefined {
  const tree = PUBLIC.test(raw.name) ? undefined : parse(raw.pattern.trim());
  const secret = tree === undefined ? undefined : secretOf(tree);
  if (secret === undefined || least(secret) < MIN_SECRET) return undefined;
  const { texts } = beginnings(secret);
  const begins = [...new Set(texts.map((one) => one.slice(0, 12)))].toSorted();
  if (begins.some((one) => one.length < MIN_BEGIN || !/^[\w.~+=-]+$/.test(one))) return undefined;
  const pattern = print(secret)
    // What must follow a token is said by the one who looks for it: in a recording it may be an ampersand.
    .replace(/(?:\(\?:\[\\?`'"\\s;\]\|\\\\\[nr\]\|\$\)|\\b|\$)+$/, "")
    .replace(/^\\b/, "");
  // Addresses, keys over several lines and sentences have readers of their own.
  if (/:\\\/|\\[sS]|\.[*+|{?]|-----/.test(pattern)) return undefined;
  try {
    void new RegExp(pattern, "y");
  } catch {
    return undefined;
  }
  return { id: raw.id, begins, pattern, entropy: raw.entropy };
}

function main(args: readonly string[]): void {
  const [gitleaksFolder, gitleaksCommit, kingfisherFolder, kingfisherCommit] = args;
  if (
    gitleaksFolder === undefined ||
    gitleaksCommit === undefined ||
    kingfisherFolder === undefined ||
    kingfisherCommit === undefined
  )
    throw new Error("Name the two checkouts and their commits: see the head of this file.");
  const raws = [...gitleaks(gitleaksFolder), ...kingfisher(kingfisherFolder)];
  const rules: Rule[] = [];
  const seen = new Set<string>();
  for (const raw of raws) {
    const rule = convert(raw);
    if (rule === undefined || seen.has(rule.pattern)) continue;
    seen.add(rule.pattern);
    rules.push(rule);
  }
  const lines = rules.map(
    ({ id, begins, pattern, entropy }) =>
      `  [${[id, begins.join(" "), pattern].map((one) => JSON.stringify(one)).join(", ")}, ${entropy}],`,
  );
  writeFileSync(
    join(root, "packages/har/src/vendor-data.ts"),
    `/**
 * Made by tools/secret-rules.ts from gitleaks (MIT, commit ${gitleaksCommit}) and Kingfisher (Apache-2.0, commit
 * ${kingfisherCommit}); see NOTICE. Do not edit: run the tool again.
 * Each: id, how a match begins, expression, least entropy in bits per character.
 */
export const VENDOR_DATA: readonly (readonly [id: string, begins: string, pattern: string, entropy: number])[] = [
${lines.join("\n")}
];
`,
  );
  // Base64, so that no scanner of repositories takes them for what they look like.
  const examples = raws
    .filter((raw) => raw.examples.length > 0 && rules.some((rule) => rule.id === raw.id))
    .map((raw) => ({ id: raw.id, examples: raw.examples.map((one) => Buffer.from(one).toString("base64")) }));
  writeFileSync(join(root, "packages/har/test/vectors/kingfisher.json"), `${JSON.stringify(examples, null, 1)}\n`);
  console.log(
    `${rules.length} of ${raws.length} rules name themselves by their beginning; ${examples.length} have examples.`,
  );
}

main(process.argv.slice(2));
