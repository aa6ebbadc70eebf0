import type { Readable, Writable } from "node:stream";

/** What a command may touch besides files. Tests hand in their own. */
export interface Terminal {
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable & { readonly isTTY?: boolean };
  readonly signal: AbortSignal;
}

export const EXIT = { ok: 0, notVerified: 1, unusable: 2 } as const;
export type Exit = (typeof EXIT)[keyof typeof EXIT];

/** Ends a command with one line for the person: what was wrong, where, what to do. */
export class Unusable extends Error {}

/** Writes and waits until the stream took it; rejects when the reader is gone. */
export function write(stream: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(data, (error) =>
      error
        ? reject(new Unusable("The output was closed before everything was written.", { cause: error }))
        : resolve(),
    );
  });
}

/** The system's reason for a failed file operation, in words. */
export function fileTrouble(path: string, error: unknown): Unusable {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const reason = REASONS[code] ?? (error instanceof Error ? error.message : "it cannot be used");
  return new Unusable(`${path}: ${reason}.`, { cause: error });
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file or folder",
  EACCES: "no permission",
  EPERM: "not permitted",
  EISDIR: "this is a folder, not a file",
  ENOTDIR: "a part of this path is not a folder",
  EEXIST: "this file exists already; choose another name, or add --force to replace it",
  ENOSPC: "the disk is full",
  EROFS: "the disk is read-only",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "too many links",
  EMFILE: "too many files are open",
};

/** Names and texts from outside may hold control characters that would act on the terminal. */
export function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ");
}
