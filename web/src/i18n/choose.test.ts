import { expect, test } from "vitest";
import { chooseLocale } from "./choose.ts";

const choose = (saved: string | null, languages: readonly string[]) =>
  chooseLocale(saved, languages, ["en", "ja", "nl"], "en");

test("chooseLocale takes what was chosen before, else the first language that we speak", () => {
  expect(choose("nl", ["ja-JP"])).toBe("nl");
  expect(choose(null, ["fr-FR", "ja-JP", "nl"])).toBe("ja");
  expect(choose("tlh", ["nl-BE"])).toBe("nl");
});

test("chooseLocale does not throw on tags that Intl.Locale refuses", () => {
  expect(() => new Intl.Locale("en-US@posix")).toThrow(RangeError);
  for (const tag of ["en-US@posix", "C", "", "ja_JP.UTF-8", "x".repeat(200)])
    expect(() => choose(null, [tag])).not.toThrow();
  expect(choose(null, ["en-US@posix"])).toBe("en");
  expect(choose(null, ["ja_JP.UTF-8"])).toBe("ja");
  expect(choose(null, [])).toBe("en");
});
