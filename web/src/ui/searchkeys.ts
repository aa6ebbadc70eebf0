import { useEffect, useRef, type RefObject } from "react";

/** `/` searches, Escape goes back; j, k and Enter are the table's. */
export function useSearchKeys(search: RefObject<HTMLInputElement | null>, onEscape: () => void): void {
  const escape = useRef(onEscape);
  useEffect(() => {
    escape.current = onEscape;
  });
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
      const { target } = event;
      if (target instanceof Element && target.closest("[role=dialog], [role=alertdialog], [role=menu], [role=listbox]"))
        return;
      const inField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
      if (event.key === "/" && !inField) {
        event.preventDefault();
        search.current?.focus();
        search.current?.select();
      } else if (event.key === "Escape") {
        if (inField) search.current?.blur();
        escape.current();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [search]);
}
