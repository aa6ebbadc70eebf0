import { parseArgs } from "node:util";
import { diff, type Difference } from "@breakwater/har";
import { onRecording } from "../har.ts";
import { EXIT, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
export const DIFF_HELP = "Usage: breakwater har diff BEFORE AFTER [--json]\nMore: breakwater --help\n";

/** Lists what differs between a recording and its sanitised form, by place. Never a value. */
export async function harDiff(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    await write(terminal.stdout, DIFF_HELP);
    return EXIT.ok;
  }
  const [before, after] = positionals;
  if (before === undefined || after === undefined || positionals.length > 2 || before === "-" || after === "-") {
    throw new Unusable(`Name two recordings, the original first. ${DIFF_HELP.split("\n")[0]}`);
  }
  const found = await onRecording(before, terminal, (left) =>
    onRecording(after, terminal, (right) => diff(left, right, { signal: terminal.signal })),
  );
  await write(terminal.stdout, values.json === true ? `${JSON.stringify(found)}\n` : describe(found));
  return EXIT.ok;
}

function describe(found: Difference): string {
  const kinds = Object.entries(found.byChange).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    found.entries.before === found.entries.after
      ? `${found.entries.before} requests in both files.`
      : `${found.entries.before} requests before, ${found.entries.after} after.`,
    `${found.total} of ${found.compared} values differ${kinds.length === 0 ? "" : ` (${kinds.join(", ")})`}.`,
    ...found.changes.map(({ change, pointer }) => `${change.padEnd(8)} ${pointer}`),
    ...(found.unlisted > 0 ? [`… and ${found.unlisted} more`] : []),
  ];
  return `${lines.join("\n")}\n`;
}
