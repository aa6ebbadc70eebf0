import { isPseudonym, looksToken } from "./shapes.ts";

/**
 * The strict mode for text: small words, numbers of up to five digits, times, levels, names of exceptions and the
 * punctuation between them stay. Everything else, also every capitalised word that could be a person's, goes.
 */

/** In the form of a stand-in, always the same, so that it links nothing. */
const GONE = "redacted00000000";

const RUN = /[\p{L}\p{N}_$@.+~%#*-]+/gu;
/** What names a value: a member of an object, an attribute, an element, a setting. */
const NAME = /^[A-Za-z_$@][\w$.:-]{0,59}$/;
const WORD = /^[a-z][a-z'-]{0,23}$/;
const KEPT = new Set(
  "INFO WARN WARNING ERROR DEBUG TRACE FATAL NOTICE SEVERE CRITICAL GET POST PUT PATCH DELETE HEAD OPTIONS HTTP HTTPS URL OK TLS TCP UDP DNS JSON XML UTC GMT Z T A I The This It In At On For Not No An Error Failed Cannot Could Unable Connection Request Response Timeout Caused Exception".split(
    " ",
  ),
);
const TIME =
  /^(?:\d{4}[-/]\d\d[-/]\d\dT?(?:\d\d)?|\d\d[:.]\d\d(?:[:.]\d\d)?(?:[.,]\d{1,9})?Z?|\d\d\.\d{1,9}Z?|\d{4}-\d\d-\d\dT\d\d)$/;
const NUMBER = /^[+-]?\d{1,5}(?:[.,]\d{1,6})?%?$/;
const EXCEPTION = /^(?:[a-z][\w$]{0,40}\.){0,10}[A-Z][A-Za-z]{2,60}(?:Exception|Error|Warning|Fault)$/;
const MARKS = /^[._$@.+~%#*-]+$/;

export function strictText(text: string): string {
  return text.replace(RUN, (run, at: number) => {
    if (isPseudonym(run)) return GONE;
    if (isName(text, at, run)) return run;
    if (MARKS.test(run) || NUMBER.test(run) || TIME.test(run) || KEPT.has(run)) return run;
    if (/^\d+$/.test(run)) return "1".repeat(run.length);
    if (/^[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(run)) return run.replace(/\d/g, "1");
    const word = run.replace(/[.]+$/, "");
    if ((WORD.test(word) || KEPT.has(word) || EXCEPTION.test(word)) && !looksToken(word)) return run;
    return GONE;
  });
}

function isName(text: string, at: number, run: string): boolean {
  if (!NAME.test(run) || run.includes("@") || looksToken(run)) return false;
  const before = text.charAt(at - 1);
  return (
    before === "<" ||
    (before === "/" && text.charAt(at - 2) === "<") ||
    /^(?:"\s*:|=)/.test(text.slice(at + run.length, at + run.length + 8))
  );
}
