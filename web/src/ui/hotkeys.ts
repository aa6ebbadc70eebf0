import { useEffect, useRef, type RefObject } from "react";

/** The page's own keys, while nothing else wants them. */
export function useHotkeys(
  enabled: boolean,
  onKey: (event: globalThis.KeyboardEvent) => boolean,
  grid: RefObject<HTMLDivElement | null>,
): void {
  const handler = useRef(onKey);
  useEffect(() => {
    handler.current = onKey;
  });
  useEffect(() => {
    if (!enabled) return;
    const listen = (event: globalThis.KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (!(event.target instanceof HTMLElement) || event.target === grid.current) return;
      // A link or button keeps its own keys; only j and k are nobody's.
      const free = event.target === document.body || event.target.id === "content";
      const neutral =
        (event.key === "j" || event.key === "k") &&
        event.target.closest("input, textarea, [role=dialog], [role=menu], [role=listbox], [role=alertdialog]") ===
          null;
      if ((free || neutral) && handler.current(event)) grid.current?.focus({ preventScroll: true });
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [enabled, grid]);
}
