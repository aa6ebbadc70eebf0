import type { Walker } from "../walker.ts";
import type { EachLine } from "./lines.ts";

/** RFC 4180. The first record names the columns. */
export interface Columns {
  readonly separator: string;
  readonly names: readonly string[];
}

/** Undefined where the first line is no list of names. */
export function columnsOf(text: string): Columns | undefined {
  const line = text.split(/\r?\n/, 1)[0] ?? "";
  const separator = [",", "\t", ";", "|"].toSorted((a, b) => line.split(b).length - line.split(a).length)[0] ?? ",";
  const names = cells(line, separator).map(({ value }) => value.trim());
  const worded = names.filter((name) => /^[\p{L}_$@#][\p{L}\d_ .\-/()]{0,60}$/u.test(name));
  return names.length > 1 && worded.length >= names.length * 0.8 ? { separator, names } : undefined;
}

export function rewriteCsv(
  text: string,
  columns: Columns | undefined,
  header: boolean,
  w: Walker,
  each: EachLine,
): string {
  if (columns === undefined) return text;
  return records(text)
    .map(({ record, line }, i) =>
      header && i === 0 ? record : each(record, line, (one) => rewriteRecord(one, columns, w)),
    )
    .join("");
}

function rewriteRecord(record: string, { separator, names }: Columns, w: Walker): string {
  const end = /\r?\n$/.exec(record)?.[0] ?? "";
  return (
    cells(record.slice(0, record.length - end.length), separator)
      .map(({ value, quoted }, i) => {
        const next = value.length < 2 ? value : w.named(value, names[i] ?? "", "json", "text.name");
        return quoted ? `"${next.replace(/"/g, '""')}"` : next;
      })
      .join(separator) + end
  );
}

interface Cell {
  readonly value: string;
  readonly quoted: boolean;
}

function cells(record: string, separator: string): readonly Cell[] {
  const out: Cell[] = [];
  let at = 0;
  while (at <= record.length) {
    const whole = /"((?:[^"]|"")*)"/y;
    whole.lastIndex = at;
    const quoted = whole.exec(record);
    const after = quoted === null ? "" : record.charAt(whole.lastIndex);
    if (quoted !== null && (after === "" || after === separator)) {
      out.push({ value: (quoted[1] ?? "").replace(/""/g, '"'), quoted: true });
      at = whole.lastIndex + 1;
      continue;
    }
    const end = record.indexOf(separator, at);
    out.push({ value: record.slice(at, end < 0 ? undefined : end), quoted: false });
    if (end < 0) break;
    at = end + 1;
  }
  return out;
}

/** Records with their line ends; a quoted cell may hold line ends too. */
function records(text: string): readonly { readonly record: string; readonly line: number }[] {
  const out: { record: string; line: number }[] = [];
  let from = 0;
  let line = 0;
  let first = 0;
  let inside = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x22) inside = !inside;
    if (c !== 0x0a) continue;
    line++;
    if (inside) continue;
    out.push({ record: text.slice(from, i + 1), line: first });
    from = i + 1;
    first = line;
  }
  if (from < text.length) out.push({ record: text.slice(from), line: first });
  return out;
}
