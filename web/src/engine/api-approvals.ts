import type { schemas } from "@breakwater/contract";

/** What a page asks of the engine about approvals (docs/protocol.md 11). */
type Out<Schema extends { readonly _output: unknown }> = Schema["_output"];
type StatementJson = Out<typeof schemas.Statement>;
type ActJson = Out<typeof schemas.Act>;

/** What a passkey answered, base64url. */
export interface AssertionJson {
  readonly id: string;
  readonly clientDataJSON: string;
  readonly authenticatorData: string;
  readonly signature: string;
}
export interface PrepareApproval {
  /** As its grantee signed it. */
  readonly grant: Readonly<Record<string, unknown>>;
  readonly dec: "allow" | "deny";
  /** Words to it; sealed to the case key before they leave the engine. */
  readonly text: string;
  /** With the case's key among them. */
  readonly statements: readonly StatementJson[];
}
export interface BindPasskey {
  readonly org: string;
  /** What `response` is an answer to. */
  readonly challenge: string;
  readonly passkey: Out<typeof schemas.PasskeyRow>;
  readonly response: AssertionJson;
}
export interface MakeSettings {
  readonly org: string;
  /** The body of the organisation's own settings so far. */
  readonly own: Readonly<Record<string, unknown>> | null;
  readonly approve: Out<typeof schemas.Settings>["approve"];
  readonly breakGlass: boolean;
}

export interface ApprovalMethods {
  readonly prepareApproval: [PrepareApproval, { readonly handle: string; readonly challenge: string }];
  readonly finishApproval: [
    { readonly handle: string; readonly response?: AssertionJson },
    { readonly approval: Readonly<Record<string, unknown>>; readonly act: ActJson },
  ];
  readonly bindPasskey: [BindPasskey, { readonly statement: StatementJson; readonly act: ActJson }];
  readonly makeSettings: [MakeSettings, { readonly statement: StatementJson; readonly act: ActJson }];
}
