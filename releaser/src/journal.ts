import { open, type FileHandle } from "node:fs/promises";
import { ReleaserError } from "./error.ts";
import { readOrNull, writeDurably } from "./files.ts";
import { parseRecord, type Record } from "./record.ts";

/**
 * What the releaser must never forget, as lines of JSON. INVARIANT: `append` settles only after fsync, in order, so a
 * line that an answer depended on is on the disk with every line before it.
 */
export class Journal {
  readonly #path: string;
  readonly #records: () => Iterable<Record>;
  #file: FileHandle;
  #lines = 0;
  #waiting: { readonly line: string; readonly done: () => void; readonly failed: (error: unknown) => void }[] = [];
  #writing: Promise<void> | undefined;
  #broken: ReleaserError | undefined;

  private constructor(path: string, records: () => Iterable<Record>, file: FileHandle) {
    this.#path = path;
    this.#records = records;
    this.#file = file;
  }

  /**
   * Compacts to what `records` says (write a new file, fsync, rename) and continues behind it; and again after each
   * COMPACT_LINES lines, so that the file stays as small as what it says.
   */
  static async begin(path: string, records: () => Iterable<Record>): Promise<Journal> {
    return new Journal(path, records, await compact(path, records));
  }

  get broken(): boolean {
    return this.#broken !== undefined;
  }

  append(record: Record): Promise<void> {
    if (this.#broken) return Promise.reject(this.#broken);
    const line = lineOf(record);
    return new Promise((done, failed) => {
      this.#waiting.push({ line, done, failed });
      this.#writing ??= this.#write();
    });
  }

  async close(): Promise<void> {
    await this.#writing;
    this.#broken ??= new ReleaserError("store.failed", "The releaser is stopping.");
    await this.#file.close();
  }

  /**
   * `records` are ahead of the disk: they hold what still waits to be appended, and no more than that. Its lines then come
   * once more, in order, which changes nothing: they say what is so already.
   */
  async #compact(): Promise<void> {
    const old = this.#file;
    this.#file = await compact(this.#path, this.#records);
    this.#lines = 0;
    await old.close();
  }

  /** One write and one fsync for all that came in meanwhile. */
  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#file.appendFile(batch.map(({ line }) => line).join(""));
        await this.#file.datasync();
        this.#lines += batch.length;
        if (this.#lines >= COMPACT_LINES) await this.#compact();
      } catch (cause) {
        // Memory is ahead of the disk now: nothing may be answered any more until a restart reads the disk again.
        this.#broken = new ReleaserError(
          "store.failed",
          "The releaser's journal cannot be written. Make room on the disk and restart it.",
          { cause },
        );
        for (const { failed } of [...batch, ...this.#waiting]) failed(this.#broken);
        this.#waiting = [];
        break;
      }
      for (const { done } of batch) done();
    }
    this.#writing = undefined;
  }
}

/** Some 20 MB. */
export const COMPACT_LINES = 50_000;

async function compact(path: string, records: () => Iterable<Record>): Promise<FileHandle> {
  writeDurably(path, [...records()].map(lineOf).join(""));
  return open(path, "a", 0o600);
}

/** A last line that was cut short was never answered for; anything else that cannot be read stops the releaser. */
export function readJournal(path: string): readonly Record[] {
  const text = readOrNull(path)?.toString("utf8") ?? "";
  const lines = text.split("\n");
  // What follows the last newline is empty, or torn.
  lines.pop();
  return lines.map((line, i) => {
    try {
      return parseRecord(line);
    } catch (cause) {
      throw new ReleaserError(
        "store.damaged",
        `Line ${i + 1} of ${path} is damaged. Restore the releaser's directory; do not edit it.`,
        { cause },
      );
    }
  });
}

function lineOf(record: Record): string {
  return `${JSON.stringify(record)}\n`;
}
