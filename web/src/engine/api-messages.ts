import type { schemas } from "@breakwater/contract";

/** What the engine's interface says about messages (docs/protocol.md 12). */
type ActJson = (typeof schemas.Act)["_output"];
type StatementJson = (typeof schemas.Statement)["_output"];
export type SignedMessageJson = (typeof schemas.SignedMessage)["_output"];

export interface SealMessageInput {
  readonly org: string;
  readonly case: string;
  readonly text: string;
  readonly reply?: string | undefined;
  readonly files: readonly string[];
  readonly statements: readonly StatementJson[];
}
/** What is posted; sending it again is answered like the first time. */
export interface SealedMessage {
  readonly id: string;
  readonly man: string;
  readonly created: string;
  readonly message: SignedMessageJson;
}
/** Who wrote, checked against the writer's device. */
export interface MessageHead {
  readonly message: string;
  readonly by: string;
  readonly name: string;
  readonly staff: boolean;
  readonly created: string;
  readonly reply?: string;
  readonly files: readonly string[];
  /** Why the words are not asked for. */
  readonly code?: string;
}
export interface PreparedMessages {
  readonly heads: readonly MessageHead[];
  /** For POST release; undefined when there is nothing to ask for. */
  readonly ask:
    | { readonly handle: string; readonly act: ActJson; readonly rpk: string; readonly messages: readonly string[] }
    | undefined;
}
export type OpenedMessage = { readonly message: string } & ({ readonly text: string } | { readonly code: string });
export interface OutgoingMessage extends SealedMessage {
  readonly text: string;
  readonly reply?: string | undefined;
  readonly files: readonly string[];
  /** The case's state from this message on. */
  readonly state?: string | undefined;
}
/** Of one case: what is being written, and what was sent and not yet answered. */
export interface Draft {
  readonly text: string;
  readonly reply?: string | undefined;
  readonly files: readonly string[];
  readonly outbox: readonly OutgoingMessage[];
}
