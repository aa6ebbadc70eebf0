/**
 * What was chosen before, else the first of the browser's languages that we speak. Tags such as "en-US@posix" or "C" occur in
 * the wild and make Intl.Locale throw: a tag counts by its first letters only.
 */
export function chooseLocale<Locale extends string>(
  saved: string | null,
  languages: readonly string[],
  locales: readonly Locale[],
  base: Locale,
): Locale {
  const wanted = [saved, ...languages.map((tag) => /^[A-Za-z]{2,3}/.exec(tag)?.[0].toLowerCase())];
  for (const language of wanted) {
    const found = locales.find((locale) => locale === language);
    if (found !== undefined) return found;
  }
  return base;
}
