import { parseArgs } from "node:util";
import {
  kindOfSource,
  placesOf,
  RULES,
  scan,
  scanText,
  verifyManifest,
  type ManifestProblem,
  type Report,
  type SanitiseOptions,
  type Source,
  type TextReport,
} from "@breakwater/har";
import { eachRecording, freshKey, isRecording, onRecording } from "../har.ts";
import { decodeKeyText, json, readSmall } from "../keys.ts";
import { recordings } from "../paths.ts";
import { EXIT, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = {
  manifest: { type: "string" },
  signer: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;
export const HAR_VERIFY_HELP =
  "Usage: breakwater har verify IN… [--manifest MANIFEST.json --signer PUBLICKEY] [--json]\nMore: breakwater --help\n";

const PROBLEMS: Readonly<Record<ManifestProblem, string>> = {
  signature: "The manifest is not signed by the key that you named.",
  output: "The manifest belongs to another file, or the file was changed after it was sanitised.",
  rules: "Note: the file was sanitised by another version of the rules. It was searched again with these.",
  loosened: "Note: a policy kept names that are usually redacted; the manifest lists them.",
};

/** Is the file free of what the rules find? With a manifest: is it the file that was sanitised? */
export async function harVerify(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    await write(terminal.stdout, HAR_VERIFY_HELP);
    return EXIT.ok;
  }
  if (positionals.length === 0) throw new Unusable(`Name a recording. ${HAR_VERIFY_HELP.split("\n")[0]}`);
  const files = await recordings(positionals);
  const manifest = await manifestCheck(values.manifest, values.signer, files.length);
  let clean = true;
  const good = await eachRecording(files, terminal, async (file) => {
    const { report, problems } = await onRecording(file, terminal, async (source, bar) => ({
      problems: await manifest(source),
      report: await searched(file, source, { key: freshKey(), signal: terminal.signal, onProgress: bar.show }),
    }));
    const free =
      report.counts.total === 0 &&
      report.refused.length === 0 &&
      !problems.includes("signature") &&
      !problems.includes("output");
    clean &&= free;
    if (values.json === true) {
      await write(
        terminal.stdout,
        `${JSON.stringify({ file, clean: free, problems, counts: report.counts, findings: report.findings, refused: report.refused })}\n`,
      );
      return;
    }
    const places = placesOf(report.findings).map(
      ({ count, rule, place }) => `  ${count} ${RULES[rule].says} at ${place}`,
    );
    const verdict =
      report.counts.total === 0 ? "the rules find nothing" : `the rules find ${report.counts.total} secrets`;
    await write(
      terminal.stdout,
      `${[`${oneLine(file)}: ${verdict} in ${"lines" in report ? `${report.lines} lines` : `${report.entries} requests`}.`, ...places, ...problems.map((problem) => PROBLEMS[problem])].join("\n")}\n`,
    );
  });
  return good ? (clean ? EXIT.ok : EXIT.notVerified) : EXIT.unusable;
}

async function searched(
  file: string,
  source: Source,
  options: SanitiseOptions & { readonly limits?: undefined },
): Promise<Report | TextReport> {
  const kind = await kindOfSource(file === "-" ? "" : file, source);
  if (isRecording(kind)) return (await scan(source, options)).report;
  return (await scanText(source, { ...options, kind: kind === "binary" ? undefined : kind })).report;
}

async function manifestCheck(
  path: string | undefined,
  signer: string | undefined,
  files: number,
): Promise<(source: Source) => Promise<readonly ManifestProblem[]>> {
  if (path === undefined && signer === undefined) return () => Promise.resolve([]);
  const trusted = signer === undefined ? undefined : decodeKeyText(signer);
  if (path === undefined || trusted === undefined)
    throw new Unusable(
      "--manifest and --signer go together; --signer is a public key of 43 characters of base64url or 64 hexadecimal digits.",
    );
  if (files !== 1) throw new Unusable("A manifest belongs to one file; name one recording.");
  const signed = json(Buffer.from(await readSmall(path)).toString("utf8"), path);
  return async (source) => (await verifyManifest(signed, trusted, source)).problems;
}
