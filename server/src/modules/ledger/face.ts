import type { Leaf, LeafType } from "@breakwater/ledger";
import type { Tx } from "@breakwater/sql";
import type { Signed } from "./sequencer.ts";

/** The one log that everybody may read: a leaf for each organisation's checkpoint. */
export const GLOBAL_LOG = "global";

/** A leaf without what the server adds: its clock, the session, the network. */
export type LeafDraft = Omit<Leaf, "ts" | "ses" | "net">;
/** The request that a leaf comes from. `ses` is domainHash("session", session id) as base64url. */
export interface LeafContext {
  readonly ses?: string | undefined;
  readonly address?: string | undefined;
}
export interface AppendedLeaf {
  /** The organisation's id, or "global". */
  readonly log: string;
  readonly origin: string;
  readonly index: number;
  readonly leafHash: Uint8Array;
  readonly entry: Uint8Array;
  readonly leaf: Leaf;
}
export interface Proven {
  readonly checkpoint: Signed;
  readonly index: number;
  readonly inclusion: readonly Uint8Array[];
}

export interface Ledger {
  /** Ed25519, base64url: what `desk.keys` names. */
  readonly publicKey: string;
  readonly logHost: string;
  originOf(log: string): string;
  /** Opens an organisation's log; nothing happens when it is open. */
  open(tx: Tx, org: string): Promise<void>;
  /**
   * Adds a leaf to the log of `draft.org` in the caller's transaction; the log's row stays locked until it ends, so
   * indexes are dense and append comes last. The leaf exists when the transaction commits, and is proven after `integrate`.
   */
  append(tx: Tx, draft: LeafDraft, context?: LeafContext): Promise<AppendedLeaf>;
  /** The newest leaf of a type about a case. */
  newest(
    log: string,
    caseId: string,
    t: LeafType,
  ): Promise<{ readonly index: number; readonly entry: Uint8Array } | undefined>;
  /** Signs a checkpoint over everything that was committed before the call. */
  integrate(log: string): Promise<Signed>;
  /** The same with the witness's cosignature; throws log.unavailable when there is none to be had. */
  cosigned(log: string): Promise<Signed>;
  /** Inclusion under a checkpoint (by default the integrated one, without cosignature). */
  prove(log: string, index: number, checkpoint?: Signed): Promise<Proven>;
  /** c2sp.org/tlog-proof; cosigned unless asked otherwise. */
  proofText(log: string, index: number, options?: { readonly cosigned?: boolean }): Promise<string>;
  /** From a smaller size to the given checkpoint (by default the integrated one). */
  consistency(
    log: string,
    from: number,
    checkpoint?: Signed,
  ): Promise<{ readonly checkpoint: Signed; readonly proof: readonly Uint8Array[] }>;
  /** Called after the commit of each leaf. Returns the way to stop. */
  onAppend(listener: (appended: AppendedLeaf) => void): () => void;
  /** Heartbeats and the global log's announcements, until `close`. */
  start(): void;
  close(): Promise<void>;
}
