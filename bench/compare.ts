/** Measures several contenders in turn, round by round, so that a machine whose speed drifts slows all of them alike. */
export interface Contender {
  readonly name: string;
  run(this: void): Promise<void> | void;
}

export interface Row {
  readonly name: string;
  /** Median CPU milliseconds of one run, user and system, all threads. */
  readonly cpuMs: number;
  /** Median wall milliseconds of one run. */
  readonly wallMs: number;
}

export async function compare(contenders: readonly Contender[], rounds: number): Promise<Row[]> {
  const cpu = new Map<string, number[]>();
  const wall = new Map<string, number[]>();
  for (let round = -1; round < rounds; round++) {
    for (const { name, run } of contenders) {
      const cpuBegan = process.cpuUsage();
      const began = performance.now();
      await run();
      const { user, system } = process.cpuUsage(cpuBegan);
      // The first round warms up.
      if (round < 0) continue;
      push(cpu, name, (user + system) / 1000);
      push(wall, name, performance.now() - began);
    }
  }
  return contenders.map(({ name }) => ({
    name,
    cpuMs: median(cpu.get(name) ?? []),
    wallMs: median(wall.get(name) ?? []),
  }));
}

/** Prints megabytes per CPU second, wall time, and each contender's ratio to the first, which is the limit. */
export function print(title: string, rows: readonly Row[], bytes: number): void {
  const limit = rows[0];
  if (limit === undefined) return;
  console.log(`\n${title} (${(bytes / 1e6).toFixed(1)} MB)`);
  for (const row of rows) {
    const speed = bytes / 1000 / row.cpuMs;
    console.log(
      `  ${row.name.padEnd(44)} ${speed.toFixed(1).padStart(8)} MB/CPU-s ${row.wallMs.toFixed(0).padStart(7)} ms  ${(limit.cpuMs / row.cpuMs).toFixed(2)} of the first`,
    );
  }
}

function push(map: Map<string, number[]>, name: string, value: number): void {
  const values = map.get(name);
  if (values === undefined) map.set(name, [value]);
  else values.push(value);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
