import { schemas } from "@breakwater/contract";

export const { CASE_TYPES, SENSITIVITIES } = schemas;

/** Whose law a case's files are under. The contract takes any two letters; these are the ones offered. */
export const JURISDICTIONS =
  "AE AR AT AU BE BG BR CA CH CL CN CO CY CZ DE DK EE ES FI FR GB GR HK HR HU ID IE IL IN IS IT JP KR LI LT LU LV MT MX MY NL NO NZ PE PH PL PT RO SA SE SG SI SK TH TR TW UA US VN ZA".split(
    " ",
  );

const BY_LANGUAGE: Readonly<Record<string, string>> = { ja: "JP", nl: "NL", en: "US" };

/** A guess from the browser's language tag ("nl-BE"), which may be malformed ("en-US@posix"). */
export function guessJurisdiction(tag: string): string {
  const region = /^[a-z]{2,3}[-_]([A-Za-z]{2})\b/.exec(tag)?.[1]?.toUpperCase();
  if (region !== undefined && JURISDICTIONS.includes(region)) return region;
  return BY_LANGUAGE[tag.slice(0, 2)] ?? "US";
}
