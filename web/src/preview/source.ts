import type { CallOptions, EntryPreview, KeepChange, Sanitised, SanitiserFile } from "../engine/index.ts";

/** Where a preview gets what it shows: the engine of the application, or the page itself where there is only one file. */
export interface PreviewSource {
  readonly entry: (index: number, signal: AbortSignal) => Promise<EntryPreview>;
  readonly search: (query: string, signal: AbortSignal) => Promise<readonly number[]>;
  readonly keep: (change: KeepChange, options: CallOptions) => Promise<Sanitised>;
  readonly file: (what: SanitiserFile) => Promise<Blob>;
  /** An error in words for people. */
  readonly explain: (error: unknown) => { readonly message: string; readonly help?: string | undefined };
}
