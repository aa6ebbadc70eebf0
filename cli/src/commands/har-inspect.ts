import { parseArgs } from "node:util";
import { inspect, RULES, type Inspection } from "@breakwater/har";
import { eachRecording, freshKey, onRecording } from "../har.ts";
import { recordings } from "../paths.ts";
import { EXIT, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = { json: { type: "boolean" }, help: { type: "boolean", short: "h" } } as const;
export const INSPECT_HELP = "Usage: breakwater har inspect IN… [--json]\nMore: breakwater --help\n";

const MAX_ROWS = 40;

/** Says what recordings hold: hosts, secrets by place, sessions. Never a value. */
export async function harInspect(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    await write(terminal.stdout, INSPECT_HELP);
    return EXIT.ok;
  }
  if (positionals.length === 0) throw new Unusable(`Name a recording. ${INSPECT_HELP.split("\n")[0]}`);
  const files = await recordings(positionals);
  const good = await eachRecording(files, terminal, async (file) => {
    const seen = await onRecording(file, terminal, (source, bar) =>
      inspect(source, { key: freshKey(), now: new Date(), signal: terminal.signal, onProgress: bar.show }),
    );
    await write(
      terminal.stdout,
      values.json === true ? `${JSON.stringify({ file, ...seen })}\n` : describe(file, seen),
    );
  });
  return good ? EXIT.ok : EXIT.unusable;
}

function describe(file: string, seen: Inspection): string {
  const { inventory } = seen;
  const lines = [
    `${oneLine(file)}: ${seen.entries} requests to ${seen.hosts.length} hosts, ${(seen.bytes / 1e6).toFixed(1)} MB, ${seen.counts.total} secrets`,
    "",
    ...table(
      ["requests", "secrets", "host"],
      seen.hosts
        .slice(0, MAX_ROWS)
        .map(({ host, entries, findings }) => [
          String(entries),
          String(findings),
          host === "" ? "(none)" : oneLine(host),
        ]),
    ),
    ...more(seen.hosts.length),
    "",
    ...table(
      ["count", "kind", "what", "where"],
      seen.places
        .slice(0, MAX_ROWS)
        .map(({ count, kind, rule, place }) => [String(count), kind, RULES[rule].says, place]),
    ),
    ...more(seen.places.length),
    "",
  ];
  const sessions = inventory.items.filter((item) => item.session);
  if (sessions.length > 0) {
    lines.push(
      `Sessions: ${inventory.sessions.live} live, ${inventory.sessions.unknown} of unknown expiry, ${inventory.sessions.expired} expired; ${inventory.sessions.admin} of an administrator; ${inventory.people} people named`,
      ...table(
        ["", "kind", "state", "expires", "in requests", "name", "hosts"],
        sessions
          .slice(0, MAX_ROWS)
          .map((item) => [
            item.id,
            item.kind,
            item.admin ? `${item.live}, admin` : item.live,
            item.expires ?? "",
            String(item.carriedBy),
            oneLine(item.names.join(" ")),
            oneLine(item.hosts.join(" ")),
          ]),
      ),
      ...more(sessions.length),
      "",
      ...inventory.advice,
      "",
    );
  }
  for (const { pointer, reason } of seen.refused.slice(0, MAX_ROWS))
    lines.push(`Would be masked whole: ${pointer} (${reason})`);
  return `${lines.join("\n")}\n`;
}

function more(count: number): readonly string[] {
  return count > MAX_ROWS ? [`… and ${count - MAX_ROWS} more; --json lists all`] : [];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const widths = head.map((title, i) =>
    Math.min(60, Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length))),
  );
  return [head, ...rows].map((row) =>
    row
      .map((cell, i) => (i === row.length - 1 ? cell : cell.slice(0, 60).padEnd(widths[i] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
