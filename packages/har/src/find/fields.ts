import type { Walker } from "../walker.ts";

/** A text of 48 to 122 bytes may have a letter or digit before it that is its length. */
export function lengthPrefix(run: string): 0 | 1 {
  return run.charCodeAt(0) === run.length - 1 ? 1 : 0;
}

const PRINTABLE_RUN = /[ -~]{2,4096}/g;
/** Bytes of tags and lengths between a name and its value. */
const MAX_GAP = 6;

/** MessagePack, CBOR, BSON, AMF and MQTT properties have names in them: a text after one that tells of a secret goes. */
export function rewriteFields(text: string, w: Walker, replace: (index: number, next: string) => void): void {
  let name = "";
  let end = -1;
  for (const match of text.matchAll(PRINTABLE_RUN)) {
    const skip = lengthPrefix(match[0]);
    const run = match[0].slice(skip);
    const at = match.index + skip;
    const after = name !== "" && at - end <= MAX_GAP;
    name = "";
    const standIn = run.startsWith("redacted".slice(0, Math.min(8, run.length)));
    if (after && run.length >= 4 && !standIn && !/^[a-z]+(?:[._-][a-z]+)+$/.test(run)) {
      const next = w.sized(run, "binary.name", "text");
      if (next !== run) replace(at, next);
    } else if (match[0].length <= 64) {
      // Of a name that begins behind its length, the first character is not a part.
      const candidate = [match[0], match[0].slice(1)].find(
        (word) => /^[A-Za-z_$][\w.$[\]-]*$/.test(word) && w.nameClass(word) === "secret",
      );
      if (candidate !== undefined) name = candidate;
    }
    end = match.index + match[0].length;
  }
}

/** MQTT 3.1.1 section 3.1: the last field of a CONNECT packet is the password; nothing there names it. */
export function rewriteConnect(text: string, w: Walker, replace: (index: number, next: string) => void): void {
  const name = text.slice(0, 12).indexOf("\u0000\u0004MQTT");
  if (text.charCodeAt(0) !== 0x10 || name < 2) return;
  const version = text.charCodeAt(name + 6);
  const flags = text.charCodeAt(name + 7);
  if ((flags & 0x40) === 0) return;
  const word = (at: number): number => text.charCodeAt(at) * 256 + text.charCodeAt(at + 1);
  let at = name + 10;
  // Version 5 puts properties before the client's name and before the will.
  const five = version === 5;
  if (five) at += 1 + text.charCodeAt(at);
  const fields = 1 + ((flags & 4) === 0 ? 0 : 2) + ((flags & 0x80) === 0 ? 0 : 1);
  for (let i = 0; i < fields; i++) {
    if (five && i === 1 && fields > 2) at += 1 + text.charCodeAt(at);
    at += 2 + word(at);
  }
  const password = text.slice(at + 2, at + 2 + word(at));
  if (password === "" || "redacted".startsWith(password.slice(0, 8))) return;
  const next = w.sized(password, "binary.name", "text");
  if (next !== password) replace(at + 2, next);
}
