import type { AccessLine } from "../../engine/index.ts";

/** Lines that say the same of the same person, with nothing else between them, are one with a count. */
export interface LineGroup {
  /** The newest of them. */
  readonly line: AccessLine;
  readonly count: number;
  /** Every one of them is proven. */
  readonly ok: boolean;
}

/** Seeing lists and descriptions, and reading what was written: it belongs to the record, and there is much of it. */
const QUIET: ReadonlySet<string> = new Set(["file.list", "file.meta", "file.fetch", "case.read"]);

function isQuiet(line: AccessLine): boolean {
  return QUIET.has(line.type) || (line.type === "key.release" && line.file === undefined);
}

export function groupLines(lines: readonly AccessLine[]): readonly LineGroup[] {
  const groups: LineGroup[] = [];
  let run = 0;
  for (const line of lines) {
    const known = isQuiet(line) ? groups.findIndex((group, at) => at >= run && same(group.line, line)) : -1;
    const found = groups[known];
    if (found) groups[known] = { ...found, count: found.count + 1, ok: found.ok && line.proof.ok };
    else groups.push({ line, count: 1, ok: line.proof.ok });
    if (!isQuiet(line)) run = groups.length;
  }
  return groups;
}

function same(one: AccessLine, other: AccessLine): boolean {
  return one.type === other.type && one.actor.id === other.actor.id && one.file === other.file;
}
