import { useSyncExternalStore } from "react";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "breakwater.theme";
const listeners = new Set<() => void>();
let current: Theme = "system";

function apply(theme: Theme): void {
  current = theme;
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

/** Called once, before the first render, so that the page never shows in the wrong theme. */
export function startTheme(): void {
  try {
    const saved = localStorage.getItem(KEY);
    apply(THEMES.find((theme) => theme === saved) ?? "system");
  } catch {
    apply("system");
  }
}

export function setTheme(theme: Theme): void {
  apply(theme);
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Storage can be refused: the choice then lasts as long as the page.
  }
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => current,
  );
}
