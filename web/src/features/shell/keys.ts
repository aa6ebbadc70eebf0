import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { NAV } from "./nav.tsx";

const CHORD_MS = 1200;

export interface ShellKeys {
  readonly onHelp: () => void;
  readonly onNew: (() => void) | undefined;
}

/** g then a letter goes to a page, c opens a case, ? shows the keys. Silent while somebody types or a dialog is open. */
export function useShellKeys({ onHelp, onNew }: ShellKeys): void {
  const navigate = useNavigate();
  useEffect(() => {
    let chordUntil = 0;
    const listen = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = performance.now() < chordUntil ? NAV.find((item) => item.key === event.key) : undefined;
      chordUntil = event.key === "g" ? performance.now() + CHORD_MS : 0;
      if (target) {
        event.preventDefault();
        void navigate({ to: target.to });
      } else if (event.key === "?") {
        event.preventDefault();
        onHelp();
      } else if (event.key === "c" && onNew) {
        event.preventDefault();
        onNew();
      }
    };
    document.addEventListener("keydown", listen);
    return () => document.removeEventListener("keydown", listen);
  }, [navigate, onHelp, onNew]);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return (
    target.isContentEditable ||
    target.closest("input, textarea, select, [role=dialog], [role=alertdialog], [role=menu], [role=listbox]") !== null
  );
}
