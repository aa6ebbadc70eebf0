import { blobSource, splitParts, type Report } from "@breakwater/har";
import type { Role } from "@breakwater/seal";
import { HAR_ROLES } from "@breakwater/seal";
import type { Scratch } from "../sanitiser/run.ts";
import { Work } from "../sanitiser/work.ts";
import type { KeepChange, Sanitised, SanitiserMode } from "./api.ts";
import { EngineError } from "./error.ts";
import { deleteFile, deleteFolder, folder, holdFolder, openWriter, readFile } from "./files.ts";
import type { CallContext } from "./rpc.ts";
import { documentOf, type SanitiserDocument } from "./sandoc.ts";

export interface PlainPart {
  readonly role: Role;
  readonly blob: Blob;
}

interface Open {
  readonly work: Work;
  readonly release: () => void;
}

const opened = new Map<string, Open>();

/** Sanitises into private storage. */
export async function sanitiseFile(file: File, mode: SanitiserMode, context: CallContext): Promise<Sanitised> {
  const handle = crypto.randomUUID();
  const release = holdFolder(handle);
  try {
    const work = await Work.begin(
      { handle, file, source: blobSource(file), mode, scratch: scratchOf(handle) },
      context,
    );
    opened.set(handle, { work, release });
    return work.view();
  } catch (error) {
    release();
    await deleteFolder("sanitised", handle);
    throw error;
  }
}

function scratchOf(handle: string): Scratch {
  return {
    writer: async (name) => openWriter(await folder("sanitised", handle), name),
    read: (name) => readFile("sanitised", handle, name),
    remove: (name) => deleteFile("sanitised", handle, name),
  };
}

export async function keepValue(handle: string, change: KeepChange, context: CallContext): Promise<Sanitised> {
  const work = workOf(handle);
  await work.keep(change, context);
  return work.view();
}

/** What sealing needs: the four parts, as files in private storage, and what is said about them. */
export async function plainParts(
  handle: string,
  signal: AbortSignal,
): Promise<{
  readonly fileName: string;
  readonly san: Pick<SanitiserDocument, "tool" | "version" | "rules"> & { readonly report: Report["counts"]["byKind"] };
  readonly document: (parts: SanitiserDocument["parts"]) => SanitiserDocument;
  readonly parts: readonly PlainPart[];
}> {
  const work = workOf(handle);
  const directory = await folder("sanitised", handle);
  const source = blobSource(await work.result());
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
  const { tool, version, rules, counts } = work.report;
  const parts = await Promise.all(
    HAR_ROLES.map(async (role) => ({ role, blob: await readFile("sanitised", handle, role) })),
  );
  return {
    fileName: work.fileName,
    san: { tool, version, rules, report: counts.byKind },
    document: (hashes) => documentOf(work.manifest, work.kept(), hashes),
    parts,
  };
}

export async function dropSanitised(handle: string): Promise<void> {
  const one = opened.get(handle);
  opened.delete(handle);
  one?.work.close();
  one?.release();
  await deleteFolder("sanitised", handle);
}

export function workOf(handle: string): Work {
  const one = opened.get(handle);
  if (!one) throw new EngineError("engine.unknownHandle", "This preview is no longer open. Choose the file again.");
  return one.work;
}
