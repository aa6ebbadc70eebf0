import type { Progress } from "@breakwater/har";
import type { Terminal } from "./terminal.ts";

export interface ProgressBar {
  readonly show: (progress: Progress) => void;
  readonly clear: () => void;
}

const WIDTH = 24;
/** Redrawing more often than this costs more than it tells. */
const INTERVAL_MS = 80;
const STEP: Readonly<Record<Progress["phase"], string>> = {
  harvest: "1/2 finding secrets",
  redact: "2/2 replacing and searching",
  verify: "2/2 replacing and searching",
};

/** One line that is drawn over itself, on a terminal only. */
export function progressBar({ stderr }: Terminal, name: string): ProgressBar {
  let drawn = false;
  let last = 0;
  return {
    show({ phase, bytes, total }) {
      if (stderr.isTTY !== true || Date.now() - last < INTERVAL_MS) return;
      last = Date.now();
      drawn = true;
      const part = total === undefined || total === 0 ? undefined : Math.min(1, bytes / total);
      const bar =
        part === undefined
          ? ""
          : ` [${"#".repeat(Math.round(part * WIDTH)).padEnd(WIDTH, "-")}] ${String(Math.floor(part * 100)).padStart(3)} %`;
      stderr.write(`\r\u001b[K${STEP[phase]}${bar} ${(bytes / 1e6).toFixed(1)} MB  ${name.slice(-40)}`);
    },
    clear() {
      if (drawn) stderr.write("\r\u001b[K");
      drawn = false;
    },
  };
}
