import type { PartRole } from "../engine/api.ts";
import type { Locale } from "../i18n/index.ts";
import type { Theme } from "../ui/index.ts";

/** Between the page and the sandboxed viewer. The page never sees content: it comes over ports that end in the engine. */
export interface Watermark {
  readonly reader: string;
  readonly at: string;
  readonly leaf: number;
}

/** Page → viewer. `part` carries the port on which the part's bytes arrive. */
export type ToViewer =
  | { readonly kind: "init"; readonly locale: Locale; readonly theme: Theme }
  | { readonly kind: "part"; readonly role: PartRole; readonly watermark: Watermark; readonly until: number }
  /** Parts that this reader has no hope of opening are not offered. */
  | { readonly kind: "busy"; readonly busy: boolean };

/** Viewer → page. The page asks the person before it does anything about it. */
export type FromViewer =
  | { readonly kind: "want"; readonly roles: readonly PartRole[] }
  | { readonly kind: "broken"; readonly role: PartRole };

/** Engine → viewer, on the port of one part. */
export type PartMessage =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "end" }
  | { readonly kind: "broken" };

export const READY = "breakwater-viewer";
