import { blobSource, kindOfSource, sanitiseText, type FileKind, type TextReport } from "@breakwater/har";
import type { Manifest, Role } from "@breakwater/seal";
import type { SanitisedText } from "./api-others.ts";
import type { SanitiserMode } from "./api.ts";
import { EngineError } from "./error.ts";
import { deleteFolder, folder, holdFolder, openWriter, readFile } from "./files.ts";
import type { CallContext } from "./rpc.ts";

/** Files that are no recordings: text that the sanitiser looked through, and bytes that nothing looked into (docs/protocol.md 12). */
interface Other {
  readonly fileName: string;
  readonly role: Extract<Role, "text" | "raw">;
  readonly san: Manifest["san"];
  readonly blob: () => Promise<Blob>;
  readonly release: () => void;
}

const others = new Map<string, Other>();
/** Of the result, for the eye: the whole is sealed. */
const HEAD_BYTES = 256 * 1024;
const MOST_LINES = 2_000;

export function fileKind(file: File): Promise<FileKind> {
  return kindOfSource(file.name, blobSource(file));
}

export async function sanitiseOther(file: File, mode: SanitiserMode, context: CallContext): Promise<SanitisedText> {
  const kind = await fileKind(file);
  if (kind === "binary" || kind.startsWith("har"))
    throw new EngineError("engine.failed", `This file is ${kind}, not text.`);
  const handle = crypto.randomUUID();
  const release = holdFolder(handle);
  try {
    const writer = await openWriter(await folder("sanitised", handle), "text");
    let report: TextReport;
    try {
      report = await sanitiseText(blobSource(file), writer, {
        key: crypto.getRandomValues(new Uint8Array(32)),
        mode,
        signal: context.signal,
        onProgress: ({ phase, bytes }) =>
          context.progress({ done: phase === "harvest" ? bytes / 2 : file.size / 2 + bytes / 2, total: file.size }),
      });
    } finally {
      writer.close();
    }
    const { tool, version, rules, counts } = report;
    const blob = (): Promise<Blob> => readFile("sanitised", handle, "text");
    const san = { tool, version, rules, report: counts.byKind };
    others.set(handle, { fileName: file.name, role: "text", san, blob, release });
    return await viewOf(handle, file, report, await blob());
  } catch (error) {
    release();
    await deleteFolder("sanitised", handle);
    throw error;
  }
}

async function viewOf(handle: string, file: File, report: TextReport, result: Blob): Promise<SanitisedText> {
  const found = report.findings.flatMap(({ pointer }) => {
    const line = /^\/lines\/(\d+)$/.exec(pointer)?.[1];
    return line === undefined ? [] : [Number(line)];
  });
  return {
    handle,
    fileName: file.name,
    kind: report.kind,
    lines: report.lines,
    bytesIn: file.size,
    bytesOut: result.size,
    counts: report.counts.byKind,
    total: report.counts.total,
    checkedValues: report.verified.values,
    checkedEncodings: report.verified.encodings.length,
    head: await result.slice(0, HEAD_BYTES).text(),
    whole: result.size <= HEAD_BYTES,
    found: [...new Set(found)].slice(0, MOST_LINES),
  };
}

/** Nothing looks into it: that the person was told so, and when, is sealed with it. */
export function takeRaw(file: File, confirmed: string): { readonly handle: string } {
  const handle = crypto.randomUUID();
  others.set(handle, {
    fileName: file.name,
    role: "raw",
    san: { tool: "none", confirmed },
    blob: () => Promise.resolve(file),
    release: () => undefined,
  });
  return { handle };
}

export function otherOf(handle: string): Other | undefined {
  return others.get(handle);
}

export async function dropOther(handle: string): Promise<void> {
  others.get(handle)?.release();
  others.delete(handle);
  await deleteFolder("sanitised", handle);
}
