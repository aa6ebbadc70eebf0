import { stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Mode, Report } from "@breakwater/har";
import { eachRecording, freshKey } from "../har.ts";
import { readKey, readPolicy, readSigner } from "../keys.ts";
import { recordings } from "../paths.ts";
import { sanitizeOne, type Outputs, type Settings } from "../sanitize.ts";
import { EXIT, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = {
  output: { type: "string", short: "o" },
  report: { type: "string" },
  watch: { type: "string" },
  "watch-key": { type: "string" },
  manifest: { type: "string" },
  sign: { type: "string" },
  policy: { type: "string" },
  "policy-signer": { type: "string" },
  mode: { type: "string" },
  key: { type: "string" },
  json: { type: "boolean" },
  force: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const HAR_HELP = `Usage: breakwater har sanitize IN… [-o OUT] [--report REPORT.json] [--watch WATCH.json [--watch-key KEY]]
       [--manifest MANIFEST.json --sign KEY] [--policy POLICY.json [--policy-signer PUBLICKEY]]
       [--mode support|strict] [--key KEY] [--json] [--force]
More: breakwater --help
`;

type Values = ReturnType<typeof parse>["values"];

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
}

export async function harSanitize(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parse(args);
  if (values.help === true) {
    await write(terminal.stdout, HAR_HELP);
    return EXIT.ok;
  }
  if (positionals.length === 0) throw new Unusable(`Name a recording to sanitise. ${HAR_HELP.split("\n")[0]}`);
  const files = await recordings(positionals);
  const places = await outputs(files, values);
  const settings = await settingsOf(values);
  const good = await eachRecording(files, terminal, async (file) => {
    const to = places(file);
    const report = await sanitizeOne(file, to, settings, terminal);
    const said =
      values.json === true ? `${JSON.stringify({ file, output: to.output, ...report })}\n` : summary(report, to);
    await write(
      to.output === "-" ? terminal.stderr : terminal.stdout,
      files.length > 1 && values.json !== true ? `${oneLine(file)}\n${said}` : said,
    );
  });
  return good ? EXIT.ok : EXIT.unusable;
}

/** Where the results of each recording go. Refuses names that collide before anything is read. */
async function outputs(files: readonly string[], values: Values): Promise<(file: string) => Outputs> {
  const { report, watch, manifest } = values;
  const extra = {
    ...(report === undefined ? {} : { report }),
    ...(watch === undefined ? {} : { watch }),
    ...(manifest === undefined ? {} : { manifest }),
  };
  for (const [option, path] of Object.entries(extra)) {
    if (path === "-") throw new Unusable(`--${option} needs a file's name; standard output is for the recording.`);
    if (files.length > 1)
      throw new Unusable(
        `--${option} is for one recording; the arguments name ${files.length}. With --json each line of the output is a report.`,
      );
  }
  const folder = files.length > 1 && values.output !== undefined ? values.output : undefined;
  if (folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory() !== true) {
    throw new Unusable(
      `The arguments name ${files.length} recordings, so --output must be a folder that exists; ${folder} is none.`,
    );
  }
  const output = (file: string): string =>
    folder === undefined ? (values.output ?? defaultOutput(file)) : join(folder, basename(defaultOutput(file)));
  const taken = new Map<string, string>();
  for (const path of [...files.map(output), ...Object.values(extra)]
    .filter((name) => name !== "-")
    .map((name) => resolve(name))) {
    if (taken.has(path))
      throw new Unusable(
        files.length > 1
          ? `Two results would have the same name: ${path}.`
          : `${sameName(extra, path)} and --output name the same file.`,
      );
    taken.set(path, path);
  }
  return (file) => ({ output: output(file), ...extra });
}

function sameName(extra: Readonly<Record<string, string>>, path: string): string {
  return `--${Object.keys(extra).find((option) => resolve(extra[option] ?? "") === path) ?? "report"}`;
}

async function settingsOf(values: Values): Promise<Settings> {
  if ((values.manifest === undefined) !== (values.sign === undefined))
    throw new Unusable("--manifest and --sign go together: a manifest is worth as much as its signature.");
  if (values["watch-key"] !== undefined && values.watch === undefined) throw new Unusable("--watch-key needs --watch.");
  if (values["policy-signer"] !== undefined && values.policy === undefined)
    throw new Unusable("--policy-signer needs --policy.");
  return {
    force: values.force === true,
    mode: modeOf(values.mode),
    // A fresh key for every run: what replaces a value in one file cannot be linked to another file.
    key: values.key === undefined ? freshKey : await fixedKey(values.key),
    policy: values.policy === undefined ? undefined : await readPolicy(values.policy, values["policy-signer"]),
    signer: values.sign === undefined ? undefined : await readSigner(values.sign),
    watchKey: values["watch-key"] === undefined ? undefined : await readKey(values["watch-key"]),
  };
}

async function fixedKey(path: string): Promise<() => Uint8Array> {
  const key = await readKey(path);
  return () => key;
}

function modeOf(text: string | undefined): Mode | undefined {
  if (text === undefined || text === "support" || text === "strict") return text;
  throw new Unusable("--mode is support or strict.");
}

/** session.har → session.sanitized.har, server.log.gz → server.sanitized.log, .env → .env.sanitized */
export function defaultOutput(from: string): string {
  if (from === "-") return "-";
  const unpacked = from.replace(/(?:\.gz|\.zip)$/i, "");
  const parts = /^(.*[^/\\])(\.[A-Za-z0-9]{1,12})$/.exec(unpacked);
  const extension = parts?.[2] ?? "";
  if (extension.toLowerCase() === ".har" || (extension === "" && unpacked !== from))
    return `${parts?.[1] ?? unpacked}.sanitized.har`;
  return parts === null ? `${unpacked}.sanitized` : `${parts[1]}.sanitized${extension}`;
}

function extent(report: Report): string {
  const [count, unit] = "lines" in report ? [Number(report.lines), "line"] : [report.entries, "request"];
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

function summary(report: Report, to: Outputs): string {
  const kinds = Object.entries(report.counts.byKind).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const lines = [
    `Replaced ${report.counts.total} secrets in ${extent(report)}${kinds.length === 0 ? "" : `: ${kinds.map(([kind, count]) => `${count} ${kind}`).join(", ")}`}.`,
    `Searched the output for ${report.verified.values} distinct values: none is left.`,
    ...(report.refused.length === 0
      ? []
      : [`Masked ${report.refused.length} parts whole because they could not be read; the report says which.`]),
    ...(report.loosened.length === 0 ? [] : [`The policy kept values under: ${report.loosened.join(", ")}.`]),
    ...[to.output, to.report, to.watch, to.manifest]
      .filter((path) => path !== undefined && path !== "-")
      .map((path) => `Wrote ${path}.`),
  ];
  return `${lines.join("\n")}\n`;
}
