import { getFormatLocale, getLocale } from "./locale.ts";

/** Intl objects are slow to make and many rows need them: one of each kind and locale. */
const cache = new Map<string, Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat | Intl.ListFormat>();

function cached<T extends Intl.DateTimeFormat | Intl.NumberFormat | Intl.RelativeTimeFormat | Intl.ListFormat>(
  kind: string,
  make: (locale: string) => T,
): T {
  const locale = getFormatLocale();
  const key = `${kind} ${locale}`;
  const found = cache.get(key);
  if (found) return found as T; // the key names the kind, and each kind has one maker
  const made = make(locale);
  cache.set(key, made);
  return made;
}

export function formatDateTime(at: Date): string {
  return cached(
    "dateTime",
    (locale) => new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }),
  ).format(at);
}

export function formatExact(at: Date): string {
  return cached("exact", (locale) => new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" })).format(
    at,
  );
}

export function formatNumber(value: number): string {
  return cached("number", (locale) => new Intl.NumberFormat(locale)).format(value);
}

export function formatList(items: readonly string[]): string {
  return cached("list", (locale) => new Intl.ListFormat(locale, { type: "conjunction" })).format(items);
}

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** Decimal units, as file managers and the storage bill count. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < BYTE_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const name = BYTE_UNITS[unit] ?? "byte";
  // The short form of a byte has no plural in English: "35 byte".
  const unitDisplay = name === "byte" ? "long" : "short";
  return cached(
    `bytes ${name}`,
    (locale) => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay, maximumFractionDigits: 1 }),
  ).format(value);
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_536_000],
  ["month", 2_592_000],
  ["week", 604_800],
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "3 hours ago", "in 7 days"; within a minute "now". */
export function formatRelative(at: Date, now: Date): string {
  const seconds = (at.getTime() - now.getTime()) / 1000;
  const format = cached("relative", (locale) => new Intl.RelativeTimeFormat(locale, { numeric: "auto" }));
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return format.format(Math.round(seconds / size), unit);
  }
  return format.format(0, "second");
}

/** A country's name in the reader's language. */
export function formatRegion(code: string): string {
  try {
    return new Intl.DisplayNames(getLocale(), { type: "region" }).of(code) ?? code;
  } catch {
    return code;
  }
}
