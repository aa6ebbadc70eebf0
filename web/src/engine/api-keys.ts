import type { schemas } from "@breakwater/contract";

type Statement = (typeof schemas.Statement)["_output"];
export type PutRecoveryBody = (typeof schemas.PutRecovery)["_output"];

/** Recovery, orders and exports: the part of the engine's interface that is about how long keys live. */
export interface KeysMethods {
  /** New recovery words, whole or split. They are shown to the person once; `put` goes to the server when they were rehearsed. */
  readonly newRecovery: [
    { readonly org: string; readonly split: { readonly holders: number; readonly needed: number } | null },
    { readonly texts: readonly string[]; readonly handle: string },
  ];
  /** The act is signed when it is sent: it is good for a minute. Empty handles were forgotten: make new words. */
  readonly putRecovery: [{ readonly org: string; readonly handle: string }, PutRecoveryBody];
  /** The token that recovery words sign in with; throws recovery.invalid for words that are none, or too few shares. */
  readonly recoveryToken: [{ readonly words: string }, { readonly token: string }];
  /** Whether the releaser of this case signed that it did what was ordered (docs/protocol.md 13). */
  readonly verifyOrder: [
    {
      readonly done: Readonly<Record<string, unknown>>;
      readonly org: string;
      readonly case: string;
      readonly statements: readonly Statement[];
    },
    { readonly at: string },
  ];
  /** Locks the keys of these openings with a passphrase, for an export (docs/protocol.md 14). */
  readonly exportKeys: [
    {
      readonly handles: readonly string[];
      readonly case: string;
      /** By file. */
      readonly names: Readonly<Record<string, string>>;
      readonly passphrase: string;
    },
    { readonly salt: string; readonly sealed: string },
  ];
}
