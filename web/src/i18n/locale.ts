import { useSyncExternalStore } from "react";
import { chooseLocale } from "./choose.ts";
import {
  baseLocale,
  isLocale,
  locales,
  overwriteGetLocale,
  overwriteSetLocale,
  type Locale,
} from "../paraglide/runtime.js";

export { locales, type Locale };

const KEY = "breakwater.locale";
const listeners = new Set<() => void>();
let current: Locale = baseLocale;

export function getLocale(): Locale {
  return current;
}

/** For dates and numbers: the reader's own region of the language ("en-GB"), where the browser names one. */
export function getFormatLocale(): string {
  const tag = navigator.languages.find((language) => language.startsWith(`${current}-`));
  try {
    return tag === undefined ? current : (Intl.DateTimeFormat.supportedLocalesOf(tag)[0] ?? current);
  } catch {
    return current;
  }
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
  current = chooseLocale(saved, navigator.languages, locales, baseLocale);
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
