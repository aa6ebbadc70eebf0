import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const web = join(import.meta.dirname, "..");
const LOCALES = ["en", "ja", "nl"] as const;
const settings: { readonly "plugin.inlang.messageFormat": { readonly pathPattern: readonly string[] } } = JSON.parse(
  readFileSync(join(web, "project.inlang", "settings.json"), "utf8"),
);
const PATTERNS = settings["plugin.inlang.messageFormat"].pathPattern;

type Catalogue = Readonly<Record<string, unknown>>;

function catalogue(locale: string): Catalogue {
  return Object.assign(
    {},
    ...PATTERNS.map((pattern) => JSON.parse(readFileSync(join(web, pattern.replace("{locale}", locale)), "utf8"))),
  );
}

/** The variables that a message, with all its variants, names. */
function variables(message: unknown): string[] {
  return [...new Set(JSON.stringify(message).match(/\{[a-zA-Z]+\}/g) ?? [])].sort();
}

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      (entry) =>
        entry.isFile() &&
        /\.tsx?$/.test(entry.name) &&
        !entry.name.endsWith(".test.ts") &&
        !entry.parentPath.includes("paraglide"),
    )
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"));
}

const en = catalogue("en");
// `$schema` is no message.
const keys = Object.keys(en)
  .filter((key) => !key.startsWith("$"))
  .sort();

test("messages: every language has every message, and there are some", () => {
  expect(keys.length).toBeGreaterThan(300);
  for (const locale of LOCALES)
    expect(
      Object.keys(catalogue(locale))
        .filter((key) => !key.startsWith("$"))
        .sort(),
      locale,
    ).toEqual(keys);
});

test("messages: no message is empty, and each uses the same variables in every language", () => {
  for (const locale of LOCALES) {
    for (const [key, message] of Object.entries(catalogue(locale))) {
      expect(message, `${locale} ${key}`).not.toBe("");
      expect(variables(message), `${locale} ${key}`).toEqual(variables(en[key]));
    }
  }
});

test("messages: every message is used, and every used message exists", () => {
  const text = [...sources(join(web, "src")), ...sources(join(web, "single"))].join("\n");
  const used = new Set([...text.matchAll(/\bm\.([a-z][a-z0-9_]*)/g)].map(([, key]) => key));
  expect(
    keys.filter((key) => !used.has(key)),
    "unused",
  ).toEqual([]);
  expect(
    [...used].filter((key) => key === undefined || !Object.hasOwn(en, key)),
    "missing",
  ).toEqual([]);
});
