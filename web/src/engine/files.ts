import { EngineError } from "./error.ts";

/**
 * The origin's private file system: `sanitised/<handle>` while somebody looks at a preview, `uploads/<file>` until the
 * server has every byte. Other pages and sites cannot read it, and nothing stays in it that is not needed.
 */
export type Area = "sanitised" | "uploads";

async function area(name: Area, create: boolean): Promise<FileSystemDirectoryHandle> {
  const root = await navigator.storage.getDirectory();
  return root.getDirectoryHandle(name, { create });
}

export async function folder(name: Area, id: string): Promise<FileSystemDirectoryHandle> {
  return (await area(name, true)).getDirectoryHandle(id, { create: true });
}

/** Deletes a folder; that it is gone already is fine. */
export async function deleteFolder(name: Area, id: string): Promise<void> {
  try {
    await (await area(name, false)).removeEntry(id, { recursive: true });
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}

export async function readFile(name: Area, id: string, file: string): Promise<File> {
  try {
    return await (await (await (await area(name, false)).getDirectoryHandle(id)).getFileHandle(file)).getFile();
  } catch (cause) {
    throw new EngineError(
      "engine.unknownHandle",
      "What was prepared in this browser is no longer there. Choose the file again.",
      { cause },
    );
  }
}

export async function deleteFile(name: Area, id: string, file: string): Promise<void> {
  try {
    await (await (await area(name, false)).getDirectoryHandle(id)).removeEntry(file);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}

export interface Writer {
  /** Bytes given to it so far. */
  readonly size: number;
  write(bytes: Uint8Array): void;
  close(): void;
}

/** Writes are gathered: a HAR comes in tens of thousands of small pieces, and each write is a call to another process. */
const BUFFER_BYTES = 1 << 20;

/** Appends to a new file. Synchronous access exists in workers only, and is several times faster than streams. */
export async function openWriter(directory: FileSystemDirectoryHandle, name: string): Promise<Writer> {
  const handle = await (await directory.getFileHandle(name, { create: true })).createSyncAccessHandle();
  handle.truncate(0);
  const buffer = new Uint8Array(BUFFER_BYTES);
  let held = 0;
  let stored = 0;
  const store = (bytes: Uint8Array): void => {
    const written = handle.write(bytes, { at: stored });
    stored += written;
    if (written === bytes.length) return;
    throw new EngineError(
      "engine.noSpace",
      "This browser has no room left for the file. Free some disk space and try again.",
    );
  };
  const flush = (): void => {
    const bytes = buffer.subarray(0, held);
    held = 0;
    if (bytes.length > 0) store(bytes);
  };
  return {
    get size() {
      return stored + held;
    },
    write(bytes) {
      if (held + bytes.length > BUFFER_BYTES) flush();
      if (bytes.length > BUFFER_BYTES) store(bytes);
      else {
        buffer.set(bytes, held);
        held += bytes.length;
      }
    },
    close() {
      try {
        flush();
        handle.flush();
      } finally {
        handle.close();
      }
    },
  };
}

/** Held while a preview is open, so that another page's start does not take its files for left-overs. */
export function holdFolder(id: string): () => void {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  void navigator.locks.request(`breakwater-sanitised-${id}`, () => held);
  return release;
}

/** Sanitised files of pages that were closed or crashed in the middle of a preview. */
export async function sweepSanitised(): Promise<void> {
  const { held = [] } = await navigator.locks.query();
  const inUse = new Set(held.map((lock) => lock.name));
  const all = await area("sanitised", true);
  for await (const id of all.keys()) {
    if (!inUse.has(`breakwater-sanitised-${id}`)) await deleteFolder("sanitised", id);
  }
}
