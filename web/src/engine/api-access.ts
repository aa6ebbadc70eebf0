/** One verified step of a proof, in the order it was checked. */
export interface ProofStep {
  readonly step: "log" | "witness" | "inclusion" | "leaf" | "actor" | "releaser" | "manifest" | "consistency";
  readonly detail: Readonly<Record<string, string | number>>;
}

export type LineProof =
  | { readonly ok: true; readonly steps: readonly ProofStep[] }
  | { readonly ok: false; readonly code: string; readonly message: string };
export interface AccessLine {
  readonly index: number;
  readonly type: string;
  readonly ts: string;
  readonly at: string | undefined;
  readonly actor: {
    readonly id: string;
    readonly kind: string;
    readonly name: string;
    readonly org: string;
    readonly known: boolean;
  };
  readonly case: string | undefined;
  readonly file: string | undefined;
  readonly parts: readonly string[];
  readonly why: string | undefined;
  /** The sealed words, opened where this reader holds the case key. */
  readonly text: string | undefined;
  readonly decision: string | undefined;
  readonly raw: string;
  readonly leafHash: string;
  readonly inclusion: readonly string[];
  readonly proof: LineProof;
}
export interface AccessView {
  readonly ok: boolean;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly cosigned: number | undefined;
  readonly checkpoint: string;
  readonly lines: readonly AccessLine[];
  readonly failed: number;
  /** Why the checkpoint itself does not hold; then no line does. */
  readonly problem: { readonly code: string; readonly message: string } | undefined;
  /** The size seen before on this device, if any. */
  readonly seenBefore: number | undefined;
}
