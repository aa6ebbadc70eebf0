import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { Readable } from "node:stream";
import { MAX_EXPORT_BYTES, parseCaseExport, readTarHeader, type CaseExport } from "@breakwater/seal";
import { fileTrouble, Unusable } from "./terminal.ts";

const BLOCK = 512;
const MAX_ENTRIES = 10_000;

interface Place {
  readonly at: number;
  readonly size: number;
}

/** An exported case on the disk: what it says, and where the ciphertext of each part lies in it. */
export interface OpenedExport {
  readonly taken: CaseExport;
  /** Bytes of one part, from the archive. */
  part(part: string): AsyncIterable<Uint8Array>;
  hasPart(part: string): boolean;
}

export async function openExport(path: string): Promise<OpenedExport> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (error) {
    throw fileTrouble(path, error);
  }
  try {
    const places = await readPlaces(file);
    const json = places.get("export.json");
    if (!json || json.size > MAX_EXPORT_BYTES) throw new Unusable(`${path}: this is no exported case.`);
    const bytes = Buffer.alloc(json.size);
    await file.read(bytes, 0, json.size, json.at);
    const read = (name: string): AsyncIterable<Uint8Array> => {
      const place = places.get(`parts/${name}`);
      if (!place) throw new Unusable(`${path}: the part ${name} is missing.`);
      if (place.size === 0) return Readable.from([]);
      return createReadStream(path, { start: place.at, end: place.at + place.size - 1 });
    };
    return { taken: parseCaseExport(bytes), part: read, hasPart: (name) => places.has(`parts/${name}`) };
  } finally {
    await file.close();
  }
}

async function readPlaces(file: FileHandle): Promise<ReadonlyMap<string, Place>> {
  const places = new Map<string, Place>();
  for (let at = 0; places.size <= MAX_ENTRIES;) {
    const block = new Uint8Array(BLOCK);
    const { bytesRead } = await file.read(block, 0, BLOCK, at);
    const entry = readTarHeader(block.subarray(0, bytesRead));
    if (entry === null) return places;
    places.set(entry.name, { at: at + BLOCK, size: entry.size });
    at += BLOCK + Math.ceil(entry.size / BLOCK) * BLOCK;
  }
  throw new Unusable(`An export has at most ${MAX_ENTRIES} entries.`);
}

export async function sha256(
  bytes: AsyncIterable<Uint8Array>,
): Promise<{ readonly hash: string; readonly size: number }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { hash: hash.digest("base64url"), size };
}
