import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rm, stat, truncate, type FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { isId } from "@breakwater/wire";
import { Problem } from "../../errors.ts";

/** What a client said the bytes of one request hash to (tus "checksum"). */
export interface Checksum {
  readonly sha256: Uint8Array;
}

export class ChecksumMismatch extends Error {}

/**
 * Ciphertext that is still coming in: one growing file per part. Nothing here is readable to anybody, and nothing here
 * survives: a finished upload moves to the blobs, an expired one is deleted.
 */
export interface Staging {
  /** Bytes that arrived so far; undefined when there are none and nothing was begun. */
  size(part: string): Promise<number | undefined>;
  /** Begins a part, or begins it anew. */
  begin(part: string): Promise<void>;
  /** Appends at `offset` and returns the new size. What arrived before a broken connection stays; what hashes wrongly goes. */
  append(part: string, bytes: AsyncIterable<Uint8Array>, offset: number, checksum?: Checksum): Promise<number>;
  read(part: string): AsyncIterable<Uint8Array>;
  delete(part: string): Promise<void>;
  /** Names of all parts that are here. */
  list(): Promise<readonly string[]>;
}

export async function createStaging(directory: string): Promise<Staging> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const pathOf = (part: string): string => {
    if (!isId("part", part)) throw new Problem("request.notFound", "There is no such upload.");
    return join(directory, part);
  };
  return {
    async size(part) {
      try {
        return (await stat(pathOf(part))).size;
      } catch (error) {
        if (errnoOf(error) === "ENOENT") return undefined;
        throw error;
      }
    },
    async begin(part) {
      await (await open(pathOf(part), "w", 0o600)).close();
    },
    async append(part, bytes, offset, checksum) {
      const path = pathOf(part);
      const file = await open(path, (await exists(path)) ? "r+" : "w", 0o600);
      try {
        return await writeAll(file, bytes, offset, checksum);
      } catch (error) {
        if (error instanceof ChecksumMismatch) await truncate(path, offset);
        if (errnoOf(error) === "ENOSPC" || errnoOf(error) === "EDQUOT") {
          throw new Problem(
            "storage.full",
            "The server's disk is full. The upload can go on when there is room again.",
            { cause: error },
          );
        }
        throw error;
      } finally {
        await file.close();
      }
    },
    read: (part) => createReadStream(pathOf(part)),
    delete: (part) => rm(pathOf(part), { force: true }),
    list: async () => (await readdir(directory)).filter((name) => isId("part", name)),
  };
}

async function writeAll(
  file: FileHandle,
  bytes: AsyncIterable<Uint8Array>,
  offset: number,
  checksum: Checksum | undefined,
): Promise<number> {
  const hash: Hash | undefined = checksum && createHash("sha256");
  let at = offset;
  try {
    for await (const chunk of bytes) {
      hash?.update(chunk);
      for (let done = 0; done < chunk.length;) {
        const { bytesWritten } = await file.write(chunk, done, chunk.length - done, at);
        done += bytesWritten;
        at += bytesWritten;
      }
    }
    if (checksum && hash && Buffer.compare(hash.digest(), checksum.sha256) !== 0)
      throw new ChecksumMismatch("The bytes do not have the checksum that was sent with them.");
  } finally {
    // What is acknowledged, in this answer or by HEAD later, is on the disk.
    await file.datasync();
  }
  return at;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
