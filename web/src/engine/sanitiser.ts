import {
  blobSource,
  indexLine,
  openIndex,
  readEntry,
  sanitise,
  splitParts,
  type EntryIndex,
  type Finding,
  type IndexLine,
  type JsonValue,
  type Report,
} from "@breakwater/har";
import type { Manifest, Role } from "@breakwater/seal";
import { HAR_ROLES } from "@breakwater/seal";
import type { EntryPreview, FindingRow, Sanitised } from "./api.ts";
import { rowsOf } from "./entryrow.ts";
import { EngineError } from "./error.ts";
import { deleteFolder, folder, holdFolder, openWriter, readFile } from "./files.ts";
import type { CallContext } from "./rpc.ts";

export interface PlainPart {
  readonly role: Role;
  readonly blob: Blob;
}

interface Line {
  readonly offset: number;
  readonly length: number;
}
interface Open {
  readonly file: File;
  readonly report: Report;
  /** Where each entry stands in the sanitised file. */
  readonly lines: readonly Line[];
  readonly release: () => void;
  /** Where each entry stands in the original; looked for when the first is shown. */
  original: Promise<EntryIndex> | undefined;
}

const OUTPUT = "sanitised.har";
const MAX_PREVIEW = 4 * 1024 * 1024;
const NO_LINES = { headers: [0, 0], requestBodies: [0, 0], responseBodies: [0, 0] } as const;
const opened = new Map<string, Open>();

/** Sanitises into private storage. The original is only ever read; nothing of it is copied. */
export async function sanitiseFile(file: File, context: CallContext): Promise<Sanitised> {
  const handle = crypto.randomUUID();
  const release = holdFolder(handle);
  try {
    const { report, index, lines } = await run(file, handle, context);
    opened.set(handle, { file, report, lines, release, original: undefined });
    return view(handle, file, report, index);
  } catch (error) {
    release();
    await deleteFolder("sanitised", handle);
    throw error;
  }
}

async function run(file: File, handle: string, { signal, progress }: CallContext) {
  const index: IndexLine[] = [];
  const lines: Line[] = [];
  const writer = await openWriter(await folder("sanitised", handle), OUTPUT);
  const decoder = new TextDecoder();
  const write = (chunk: Uint8Array): void => {
    const begin = entryIn(chunk);
    if (begin > 0) {
      const entry: JsonValue = JSON.parse(decoder.decode(chunk.subarray(begin)));
      index.push(indexLine(lines.length, entry, NO_LINES));
      lines.push({ offset: writer.size + begin, length: chunk.length - begin });
    }
    writer.write(chunk);
  };
  try {
    const report = await sanitise(
      blobSource(file),
      { write },
      {
        key: crypto.getRandomValues(new Uint8Array(32)),
        signal,
        // The file is read twice: once to find, once to replace.
        onProgress: ({ phase, bytes }) =>
          progress({ done: phase === "harvest" ? bytes / 2 : file.size / 2 + bytes / 2, total: file.size }),
      },
    );
    if (lines.length !== report.entries)
      throw new EngineError("engine.failed", "The sanitised file does not have the entries of its report.");
    return { report, index, lines };
  } finally {
    writer.close();
  }
}

/** packages/har writes each entry alone, behind a line break or a comma and a line break. */
function entryIn(chunk: Uint8Array): number {
  if (chunk[0] === 0x0a) return 1;
  return chunk[0] === 0x2c && chunk[1] === 0x0a ? 2 : 0;
}

function view(handle: string, file: File, report: Report, index: readonly IndexLine[]): Sanitised {
  const perEntry = new Map<number, number>();
  for (const { entry } of report.findings) perEntry.set(entry, (perEntry.get(entry) ?? 0) + 1);
  return {
    handle,
    fileName: file.name,
    bytesIn: report.bytesIn,
    bytesOut: report.bytesOut,
    entries: rowsOf(index, (at) => perEntry.get(at) ?? 0),
    findings: report.findings.map(findingRow),
    counts: report.counts.byKind,
    total: report.counts.total,
    unlisted: report.unlisted,
    checkedValues: report.verified.values,
    checkedEncodings: report.verified.encodings.length,
    masked: report.refused.length,
  };
}

function findingRow({ kind, rule, entry, pointer, confidence }: Finding): FindingRow {
  return { kind, rule, entry, pointer, confidence };
}

/** One entry as it was and as it will be sealed, both laid out by the same rules, so that lines can be compared. */
export async function previewEntry(handle: string, index: number, signal: AbortSignal): Promise<EntryPreview> {
  const one = find(handle);
  const line = one.lines[index];
  if (!line) throw new EngineError("engine.unknownHandle", `The file has no entry ${index + 1}.`);
  const findings = one.report.findings.filter(({ entry }) => entry === index).map(findingRow);
  if (line.length > MAX_PREVIEW) return { before: undefined, after: undefined, bytes: line.length, findings };
  const output = await readFile("sanitised", handle, OUTPUT);
  const after: JsonValue = JSON.parse(await output.slice(line.offset, line.offset + line.length).text());
  const before = await originalEntry(one, index, signal);
  return {
    before: JSON.stringify(before, null, 2),
    after: JSON.stringify(after, null, 2),
    bytes: line.length,
    findings,
  };
}

async function originalEntry(one: Open, index: number, signal: AbortSignal): Promise<JsonValue> {
  one.original ??= openIndex(blobSource(one.file), { signal }).catch((error: unknown) => {
    one.original = undefined;
    throw error;
  });
  const original = await one.original;
  const place = original.entries[index];
  // Offsets are those of plain UTF-8: a file that is stored so can be cut directly, others are read up to the entry.
  if (place && place.length <= MAX_PREVIEW * 4 && (await isPlain(one.file))) {
    const value: JsonValue = JSON.parse(await one.file.slice(place.offset, place.offset + place.length).text());
    return value;
  }
  return readEntry(blobSource(one.file), original, index);
}

async function isPlain(file: File): Promise<boolean> {
  const [first, second] = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  return first !== undefined && first < 0x80 && first !== 0 && first !== 0x1f && second !== 0;
}

/** What sealing needs: the four parts, as files in private storage. */
export async function plainParts(
  handle: string,
  signal: AbortSignal,
): Promise<{ readonly fileName: string; readonly san: Manifest["san"]; readonly parts: readonly PlainPart[] }> {
  const { file, report } = find(handle);
  const directory = await folder("sanitised", handle);
  const source = blobSource(await readFile("sanitised", handle, OUTPUT));
  const writers = {
    index: await openWriter(directory, "index"),
    headers: await openWriter(directory, "headers"),
    requestBodies: await openWriter(directory, "requestBodies"),
    responseBodies: await openWriter(directory, "responseBodies"),
  };
  try {
    await splitParts(source, writers, signal);
  } finally {
    for (const writer of Object.values(writers)) writer.close();
  }
  const { tool, version, rules, counts } = report;
  const parts = await Promise.all(
    HAR_ROLES.map(async (role) => ({ role, blob: await readFile("sanitised", handle, role) })),
  );
  return { fileName: file.name, san: { tool, version, rules, report: counts.byKind }, parts };
}

export async function dropSanitised(handle: string): Promise<void> {
  opened.get(handle)?.release();
  opened.delete(handle);
  await deleteFolder("sanitised", handle);
}

function find(handle: string): Open {
  const one = opened.get(handle);
  if (!one) throw new EngineError("engine.unknownHandle", "This preview is no longer open. Choose the file again.");
  return one;
}
