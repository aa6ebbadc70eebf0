import { createReadStream } from "node:fs";
import { link, mkdir, open, readdir, rm, stat, unlink, type FileHandle } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { dirname, join } from "node:path";
import type { Blobs } from "./blobs.ts";
import { BlobError } from "./error.ts";

/** Lower-case letters, digits and underscore only: a name can never leave the directory. */
const NAME = /^[a-z0-9_]{4,64}$/;
const READ_BYTES = 256 * 1024;

/**
 * Blobs as files: `ab/cd/<name>` by the name's last characters (ids are random there). A blob is written under a temporary
 * name, flushed, and linked to its own name, which fails if that is taken; then the directory is flushed.
 */
export async function createFileBlobs(directory: string): Promise<Blobs> {
  const incoming = join(directory, "incoming");
  try {
    await mkdir(incoming, { recursive: true, mode: 0o700 });
    // What a crash left half written has no name and no reader.
    for (const name of await readdir(incoming)) await rm(join(incoming, name), { force: true });
  } catch (cause) {
    throw new BlobError(
      "blob.unusable",
      `The directory ${directory} cannot be written. Check that it exists and who owns it.`,
      { cause },
    );
  }
  const pathOf = (name: string): string => {
    if (!NAME.test(name))
      throw new BlobError("blob.name", "A blob's name has 4 to 64 lower-case letters, digits or underscores.");
    return join(directory, name.slice(-2), name.slice(-4, -2), name);
  };

  return {
    async put(name, bytes, check) {
      const path = pathOf(name);
      const temporary = join(incoming, `${name}.${randomBytes(6).toString("hex")}`);
      try {
        const size = await writeThrough(temporary, bytes);
        await check?.();
        await mkdir(dirname(path), { recursive: true, mode: 0o700 });
        await link(temporary, path);
        await flushDirectory(dirname(path));
        return { size };
      } catch (cause) {
        throw told(cause, name);
      } finally {
        await rm(temporary, { force: true });
      }
    },

    size: (name) => attempt(name, async () => (await stat(pathOf(name))).size),

    async get(name, { start = 0, end } = {}) {
      const path = pathOf(name);
      const size = await attempt(name, async () => (await stat(path)).size);
      const until = end ?? size;
      if (start < 0 || start > until || until > size) {
        throw new BlobError(
          "blob.range",
          `The blob ${name} has ${size} bytes; ${start} to ${until} does not lie in it.`,
        );
      }
      if (start === until) return (async function* (): AsyncGenerator<Uint8Array> {})();
      return createReadStream(path, { start, end: until - 1, highWaterMark: READ_BYTES });
    },

    async delete(name) {
      const path = pathOf(name);
      try {
        await unlink(path);
        await flushDirectory(dirname(path));
      } catch (cause) {
        if (codeOf(cause) !== "ENOENT") throw told(cause, name);
      }
    },
  };
}

async function writeThrough(path: string, bytes: AsyncIterable<Uint8Array>): Promise<number> {
  const file = await open(path, "wx", 0o600);
  try {
    let size = 0;
    for await (const chunk of bytes) {
      await writeAll(file, chunk);
      size += chunk.length;
    }
    await file.sync();
    return size;
  } finally {
    await file.close();
  }
}

async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length;) at += (await file.write(chunk, at)).bytesWritten;
}

/** A name is durable only once its directory is. Windows has no such call and needs none. */
async function flushDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function attempt<Value>(name: string, act: () => Promise<Value>): Promise<Value> {
  try {
    return await act();
  } catch (cause) {
    throw told(cause, name);
  }
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && "code" in cause && typeof cause.code === "string" ? cause.code : "";
}

function told(cause: unknown, name: string): unknown {
  switch (codeOf(cause)) {
    case "ENOENT":
      return new BlobError("blob.missing", `There is no blob ${name}.`, { cause });
    case "EEXIST":
      return new BlobError("blob.exists", `The blob ${name} is stored already and never changes.`, { cause });
    case "ENOSPC":
    case "EDQUOT":
      return new BlobError(
        "blob.full",
        "The disk is full. Nothing of this upload was kept; free space and try again.",
        { cause },
      );
    case "EROFS":
    case "EACCES":
      return new BlobError(
        "blob.unusable",
        "The blob directory cannot be written. Check who owns it and whether the disk is read-only.",
        { cause },
      );
    default:
      return cause;
  }
}
