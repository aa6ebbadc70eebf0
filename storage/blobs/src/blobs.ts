/**
 * Ciphertext by name. A name is stored once and never changes: it is a part's id. Implementations stand beside this file.
 */
export interface Blobs {
  /**
   * Stores a stream under a name, all of it or nothing: the blob is there, durably, once the promise resolves, and absent if it rejects.
   * `check` runs when all bytes are on disk and before the blob gets its name; if it throws, nothing is kept.
   * Throws blob.exists for a name that is taken, blob.full when the disk is.
   */
  put(
    name: string,
    bytes: AsyncIterable<Uint8Array>,
    check?: () => void | Promise<void>,
  ): Promise<{ readonly size: number }>;
  /** Throws blob.missing. */
  size(name: string): Promise<number>;
  /** Bytes from `start` up to but without `end` (both optional). Throws blob.missing, or blob.range outside of the blob. */
  get(name: string, range?: { readonly start?: number; readonly end?: number }): Promise<AsyncIterable<Uint8Array>>;
  /** A missing blob is no error: deleting twice is deleting. */
  delete(name: string): Promise<void>;
}
