import { fingerprint, fingerprintWords, isFingerprint } from "@breakwater/seal";
import { Mismatch } from "./log-copy.ts";
import { Unusable } from "./terminal.ts";

/** Says whether a fingerprint is the one that the person typed, as 43 characters or as 12 words (its first 128 bits). */
export function deskCheck(typed: string): (fingerprint: string) => boolean {
  const text = typed.trim();
  if (isFingerprint(text)) return (print) => print === text;
  const words = text.toLowerCase().split(/[\s-]+/);
  if (words.length === 12 && words.every((word) => /^[a-z]{3,8}$/.test(word))) {
    return (print) => isFingerprint(print) && fingerprintWords(print).join(" ") === words.join(" ");
  }
  throw new Unusable("--desk is neither a fingerprint of 43 characters nor 12 words; put the words in quotes.");
}

/** The fingerprint of the desk whose statements these are: the one that was typed, or else the only one there is. */
export function deskOf(statements: readonly unknown[], typed: string | undefined): string {
  const fits = typed === undefined ? () => true : deskCheck(typed);
  const found = new Set(statements.map(deskRoot).filter((print) => print !== undefined && fits(print)));
  const [desk] = found;
  if (desk === undefined || found.size > 1) {
    throw new Mismatch(
      typed === undefined
        ? "The statements name no desk, or more than one. Name yours with --desk."
        : "The statements are another support desk's than the one you named with --desk.",
    );
  }
  return desk;
}

function deskRoot(statement: unknown): string | undefined {
  const body = (statement as { readonly body?: Readonly<Record<string, unknown>> } | null)?.body;
  const key = body?.["key"];
  if (
    body?.["t"] !== "org.root" ||
    body["kind"] !== "desk" ||
    typeof key !== "string" ||
    !/^[A-Za-z0-9_-]{43}$/.test(key)
  )
    return undefined;
  return fingerprint(key);
}
