import { looksRandom } from "../shapes.ts";
import type { Walker } from "../walker.ts";

const MAX_PARTS = 10_000;

/** RFC 7578. The boundary is read from the body itself, since the header that names it may be missing. Undefined if it is not multipart. */
export function rewriteMultipart(body: string, w: Walker): string | undefined {
  const boundary = /^\s*(--[^\r\n]{1,200}?)\r?\n/.exec(body)?.[1];
  if (boundary === undefined) return undefined;
  const parts = body.split(boundary);
  if (parts.length > MAX_PARTS) return w.refuse("multipart body with too many parts");
  return parts.map((part) => rewritePart(part, w)).join(boundary);
}

function rewritePart(part: string, w: Walker): string {
  const split = /\r?\n\r?\n/.exec(part);
  if (split === null) return part;
  const headers = part.slice(0, split.index);
  const start = split.index + split[0].length;
  const tail = /\r?\n$/.exec(part)?.[0] ?? "";
  const content = part.slice(start, part.length - tail.length);
  const name = /;\s*name="?([^";\r\n]*)"?/i.exec(headers)?.[1] ?? "";
  const file = /;\s*filename\*?=/i.test(headers);
  const next = file
    ? rewriteFile(content, w)
    : name === ""
      ? w.text(content, "text")
      : w.named(content, name, "param", "form.field");
  return next === content ? part : part.slice(0, start) + next + tail;
}

/** A key file is often one line that says nothing about itself. */
function rewriteFile(content: string, w: Walker): string {
  return looksRandom(content.trim(), 16) ? w.secret(content.trim(), "multipart.file") : w.text(content, "text");
}
