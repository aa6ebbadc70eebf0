import { useEffect, useState, type ReactNode } from "react";
import { Button } from "./button.tsx";
import { useNow } from "./now.ts";
import { toast } from "./toast.tsx";
import { formatDateTime, formatExact, formatRelative, m } from "../i18n/index.ts";
import styles from "./text.module.css";

/** A time, in the reader's words; the exact one is in its title and its datetime. */
export function Time({ at, relative = false }: { readonly at: string; readonly relative?: boolean }) {
  const date = new Date(at);
  return (
    <time className={styles.time} dateTime={at} title={formatExact(date)}>
      {relative ? <Ago at={date} /> : formatDateTime(date)}
    </time>
  );
}

function Ago({ at }: { readonly at: Date }) {
  return formatRelative(at, useNow());
}

export function Kbd({ children }: { readonly children: ReactNode }) {
  return <kbd className={styles.kbd}>{children}</kbd>;
}

/** An id, a hash: monospace, breakable, selectable in one click. */
export function Code({ children }: { readonly children: ReactNode }) {
  return <code className={styles.code}>{children}</code>;
}

export function CopyButton({
  text,
  label,
  size = "md",
}: {
  readonly text: string;
  readonly label?: string;
  readonly size?: "sm" | "md";
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setCopied(true);
      toast(m.ui_copied());
    } catch {
      // A browser may refuse the clipboard: the text then stays to be selected by hand.
      setCopied(false);
    }
  };
  return (
    <Button size={size} icon={copied ? "check" : "copy"} onClick={() => void copy()}>
      {copied ? m.ui_copied() : (label ?? m.ui_copy())}
    </Button>
  );
}

/** A fingerprint as numbered words, to be compared aloud. */
export function Words({ words, label }: { readonly words: readonly string[]; readonly label: string }) {
  return (
    <ol className={styles.words} aria-label={label} lang="en" translate="no">
      {words.map((word, at) => (
        <li key={`${at} ${word}`} className={styles.word}>
          <span className={styles.ordinal} aria-hidden="true">
            {at + 1}
          </span>
          {word}
        </li>
      ))}
    </ol>
  );
}
