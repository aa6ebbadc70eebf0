/** One row of a side-by-side view: equal, changed, or only on one side. `gap` stands for equal rows that are left out. */
export type CompareRow =
  | { readonly kind: "same"; readonly before: string; readonly after: string }
  | { readonly kind: "changed"; readonly before: string; readonly after: string }
  | { readonly kind: "gap"; readonly rows: number };

const CONTEXT = 3;
/** How far to look for the place where two texts agree again. */
const LOOK_AHEAD = 200;

/**
 * Sanitising replaces values and keeps the structure, so line by line is nearly always right; where lines were added or
 * taken away (a body that became readable), the nearest line that both have is where they meet again.
 */
export function compare(before: string, after: string): CompareRow[] {
  const left = before.split("\n");
  const right = after.split("\n");
  const rows: CompareRow[] = [];
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const a = left[l] ?? "";
    const b = right[r] ?? "";
    if (l < left.length && r < right.length && a === b) {
      rows.push({ kind: "same", before: a, after: b });
      l++;
      r++;
      continue;
    }
    const [skipLeft, skipRight] = meet(left, right, l, r);
    for (let i = 0; i < Math.max(skipLeft, skipRight); i++) {
      rows.push({
        kind: "changed",
        before: i < skipLeft ? (left[l + i] ?? "") : "",
        after: i < skipRight ? (right[r + i] ?? "") : "",
      });
    }
    l += skipLeft;
    r += skipRight;
  }
  return rows;
}

/** How many lines to pass over on each side; 1 and 1 where one line became another. */
function meet(left: readonly string[], right: readonly string[], l: number, r: number): readonly [number, number] {
  if (l >= left.length) return [0, right.length - r];
  if (r >= right.length) return [left.length - l, 0];
  for (let distance = 1; distance <= LOOK_AHEAD; distance++) {
    if (left[l + distance] !== undefined && left[l + distance] === right[r + distance]) return [distance, distance];
    for (let other = 0; other < distance; other++) {
      if (strong(left[l + distance]) && left[l + distance] === right[r + other]) return [distance, other];
      if (strong(right[r + distance]) && right[r + distance] === left[l + other]) return [other, distance];
    }
  }
  return [1, 1];
}

/** Brackets and empty lines are everywhere: they say nothing about where two texts agree. */
function strong(line: string | undefined): boolean {
  return line !== undefined && /[A-Za-z0-9]{3}/.test(line);
}

/** Leaves out equal rows that are far from any change. */
export function onlyChanges(rows: readonly CompareRow[]): CompareRow[] {
  const near = new Uint8Array(rows.length);
  rows.forEach((row, at) => {
    if (row.kind === "changed") near.fill(1, Math.max(0, at - CONTEXT), at + CONTEXT + 1);
  });
  const kept: CompareRow[] = [];
  let gap = 0;
  rows.forEach((row, at) => {
    if (near[at] === 1) {
      if (gap > 0) kept.push({ kind: "gap", rows: gap });
      gap = 0;
      kept.push(row);
    } else gap++;
  });
  if (gap > 0) kept.push({ kind: "gap", rows: gap });
  return kept;
}
