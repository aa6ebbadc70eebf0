import { useSyncExternalStore } from "react";
import { baseLocale, isLocale, locales, overwriteGetLocale, overwriteSetLocale, type Locale } from "../paraglide/runtime.js";

export { locales, type Locale };

const KEY = "breakwater.locale";
const listeners = new Set<() => void>();
let current: Locale = baseLocale;

/**
 * The first of the browser's languages that we speak. Tags such as "en-US@posix" or "C" occur in the wild and make Intl.Locale
 * throw: such a tag counts by its first letters only.
 */
export function chooseLocale(saved: string | null, languages: readonly string[]): Locale {
  if (saved !== null && isLocale(saved)) return saved;
  for (const tag of languages) {
    const language = /^[A-Za-z]{2,3}/.exec(tag)?.[0].toLowerCase();
    if (language !== undefined && isLocale(language)) return language;
  }
  return baseLocale;
}

export function getLocale(): Locale {
  return current;
}

export function setLocale(locale: Locale): void {
  current = locale;
  document.documentElement.lang = locale;
  try {
    localStorage.setItem(KEY, locale);
  } catch {
    // Storage can be refused (private windows, policies): the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

/** Called once, before the first render. */
export function startLocale(): void {
  let saved: string | null = null;
  try {
    saved = localStorage.getItem(KEY);
  } catch {
    saved = null;
  }
  current = chooseLocale(saved, navigator.languages);
  overwriteGetLocale(() => current);
  overwriteSetLocale((locale) => {
    if (isLocale(locale)) setLocale(locale);
  });
  document.documentElement.lang = current;
}

export function useLocale(): Locale {
  return useSyncExternalStore(subscribe, getLocale);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
