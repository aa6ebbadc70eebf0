/** One line of a comparison. */
export interface DiffLine {
  readonly kind: "same" | "added" | "removed";
  readonly text: string;
  /** Line numbers from 1, where the line is there. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

const MOST_CELLS = 4_000_000;

/** Line by line, by the longest common subsequence of what lies between equal beginnings and ends. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split("\n"), after.split("\n")];
  let start = 0;
  while (start < a.length && start < b.length && a[start] === b[start]) start++;
  let end = 0;
  while (end < a.length - start && end < b.length - start && a[a.length - 1 - end] === b[b.length - 1 - end]) end++;
  const middle = between(a.slice(start, a.length - end), b.slice(start, b.length - end));
  const kinds: Pick<DiffLine, "kind" | "text">[] = [
    ...a.slice(0, start).map((text) => ({ kind: "same" as const, text })),
    ...middle,
    ...a.slice(a.length - end).map((text) => ({ kind: "same" as const, text })),
  ];
  let [left, right] = [0, 0];
  return kinds.map(({ kind, text }) => ({
    kind,
    text,
    before: kind === "added" ? undefined : ++left,
    after: kind === "removed" ? undefined : ++right,
  }));
}

function between(a: readonly string[], b: readonly string[]): Pick<DiffLine, "kind" | "text">[] {
  const removed = a.map((text) => ({ kind: "removed" as const, text }));
  const added = b.map((text) => ({ kind: "added" as const, text }));
  // Texts that share little are shown whole, one after the other.
  if (a.length * b.length > MOST_CELLS) return [...removed, ...added];
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const out: Pick<DiffLine, "kind" | "text">[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      out.push({ kind: "same", text: a[i] ?? "" });
      i++;
      j++;
    } else if (i < a.length && (j === b.length || at(i + 1, j) >= at(i, j + 1))) out.push(removed[i++]!);
    else out.push(added[j++]!);
  }
  return out;
}

/** The changed lines with a few around them; a gap is where lines are left out. */
export function hunks(lines: readonly DiffLine[], around = 3): readonly (DiffLine | "gap")[] {
  const keep = lines.map((_, i) =>
    lines.slice(Math.max(0, i - around), i + around + 1).some(({ kind }) => kind !== "same"),
  );
  const out: (DiffLine | "gap")[] = [];
  lines.forEach((line, i) => {
    if (keep[i]) out.push(line);
    else if (out.at(-1) !== "gap") out.push("gap");
  });
  return out;
}
