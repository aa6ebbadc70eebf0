import { formatNumber, m } from "../i18n/index.ts";
import styles from "./waterfall.module.css";

/** One entry on the file's time line. The phases are in the order of HAR's `timings`; -1 means not known. */
export interface Bar {
  readonly start: number;
  readonly time: number;
  readonly timings: readonly number[];
}

const PHASES = ["blocked", "dns", "connect", "ssl", "send", "wait", "receive"] as const;
const PHASE_NAMES = {
  blocked: m.view_phase_blocked,
  dns: m.view_phase_dns,
  connect: m.view_phase_connect,
  ssl: m.view_phase_ssl,
  send: m.view_phase_send,
  wait: m.view_phase_wait,
  receive: m.view_phase_receive,
} as const;
const WIDTH = 1000;
const HEIGHT = 16;
const THINNEST = 3;

/** The end of the last entry, in milliseconds: the right edge of every bar. */
export function spanOf(bars: readonly Bar[]): number {
  let end = 1;
  for (const { start, time } of bars) if (start + time > end) end = start + time;
  return end;
}

export function Waterfall({ bar, span }: { readonly bar: Bar; readonly span: number }) {
  const scale = WIDTH / span;
  const left = Math.min(WIDTH - THINNEST, bar.start * scale);
  const segments = segmentsOf(bar);
  const label = m.view_bar_label({
    start: formatNumber(Math.round(bar.start)),
    time: formatNumber(Math.round(bar.time)),
  });
  return (
    <svg
      className={styles.bar}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      <rect className={styles.track} x={0} y={7.5} width={WIDTH} height={1} />
      {segments.map(({ phase, from, length }) => (
        <rect
          key={phase}
          className={styles[phase]}
          x={left + from * scale}
          y={phase === "wait" || phase === "receive" || phase === "whole" ? 2 : 4}
          width={Math.max(THINNEST, length * scale)}
          height={phase === "wait" || phase === "receive" || phase === "whole" ? 12 : 8}
        />
      ))}
    </svg>
  );
}

interface Segment {
  readonly phase: (typeof PHASES)[number] | "whole";
  readonly from: number;
  readonly length: number;
}

/** HAR counts `ssl` inside `connect`; drawn one after the other they must not be counted twice. */
function segmentsOf({ time, timings }: Bar): Segment[] {
  const known = timings.map((value) => Math.max(0, value));
  const ssl = known[3] ?? 0;
  if (known[2] !== undefined) known[2] = Math.max(0, known[2] - ssl);
  const segments: Segment[] = [];
  let from = 0;
  PHASES.forEach((phase, at) => {
    const length = known[at] ?? 0;
    if (length > 0) segments.push({ phase, from, length });
    from += length;
  });
  return segments.length > 0 ? segments : [{ phase: "whole", from: 0, length: time }];
}

export function Legend() {
  return (
    <ul className={styles.legend}>
      {PHASES.map((phase) => (
        <li key={phase} className={styles.key}>
          <svg className={styles.swatch} viewBox="0 0 10 10" aria-hidden="true">
            <rect className={styles[phase]} width={10} height={10} rx={2} />
          </svg>
          {PHASE_NAMES[phase]()}
        </li>
      ))}
    </ul>
  );
}
