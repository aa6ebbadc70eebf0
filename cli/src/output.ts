import { randomBytes } from "node:crypto";
import { link, lstat, open, rename, rm, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { fileTrouble, Unusable } from "./terminal.ts";

/**
 * A file that gets its name only when it is complete. Until then it is a hidden file beside it that only its owner can
 * read (0600); whatever ends the command early, the name holds what it held before.
 */
export class PendingFile {
  readonly path: string;
  readonly #temporary: string;
  readonly #handle: FileHandle;
  readonly #force: boolean;
  #open = true;

  private constructor(path: string, temporary: string, handle: FileHandle, force: boolean) {
    this.path = path;
    this.#temporary = temporary;
    this.#handle = handle;
    this.#force = force;
  }

  /** `input` is a file that must not be replaced, whatever `force` says. */
  static async create(
    path: string,
    force: boolean,
    input?: { readonly dev: bigint; readonly ino: bigint },
  ): Promise<PendingFile> {
    const there = await lookAt(path);
    if (there?.isDirectory() === true) throw new Unusable(`${path}: this is a folder; name a file in it.`);
    if (there !== undefined && there.dev === input?.dev && there.ino === input.ino)
      throw new Unusable(`${path}: this is the input itself; choose another name.`);
    if (there !== undefined && !force) throw exists(path);
    const temporary = join(dirname(path), `.${basename(path).slice(0, 100)}.${randomBytes(8).toString("hex")}.tmp`);
    try {
      return new PendingFile(path, temporary, await open(temporary, "wx", 0o600), force);
    } catch (error) {
      throw fileTrouble(path, error);
    }
  }

  async write(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += (await this.#handle.write(bytes, at)).bytesWritten;
    } catch (error) {
      throw fileTrouble(this.path, error);
    }
  }

  /** Gives the file its name. Without `force` a file that appeared meanwhile is not replaced: link fails where rename would not. */
  async publish(): Promise<void> {
    try {
      await this.#handle.sync();
      await this.#close();
      if (this.#force) await rename(this.#temporary, this.path);
      else await this.#link();
    } catch (error) {
      await this.discard();
      throw error instanceof Unusable ? error : fileTrouble(this.path, error);
    }
  }

  /** Takes the name away again, when a file that belongs to this one failed. What was replaced by force cannot come back. */
  async withdraw(): Promise<void> {
    if (!this.#force) await rm(this.path, { force: true });
  }

  async #link(): Promise<void> {
    try {
      await link(this.#temporary, this.path);
    } catch (error) {
      // Some file systems (FAT, some network shares) have no links.
      if (!["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"].includes(codeOf(error))) throw error;
      if ((await lookAt(this.path)) !== undefined) throw exists(this.path);
      await rename(this.#temporary, this.path);
      return;
    }
    await rm(this.#temporary);
  }

  async discard(): Promise<void> {
    await this.#close();
    await rm(this.#temporary, { force: true });
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
  }
}

async function lookAt(path: string) {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw fileTrouble(path, error);
  }
}

/** All of them, or none of those that were new. */
export async function publishAll(files: readonly PendingFile[]): Promise<void> {
  const done: PendingFile[] = [];
  try {
    for (const file of files) {
      await file.publish();
      done.push(file);
    }
  } catch (error) {
    for (const file of done) await file.withdraw();
    throw error;
  }
}

function exists(path: string): Unusable {
  return new Unusable(`${path}: this file exists already; choose another name, or add --force to replace it.`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "";
}
