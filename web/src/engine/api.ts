import type { ApprovalMethods } from "./api-approvals.ts";
import type { KeysMethods } from "./api-keys.ts";
import type { Role, schemas } from "@breakwater/contract";
import type { PeopleMethods, TeamKeyJson } from "./peopleapi.ts";
import type { FileKind, Inventory } from "@breakwater/har";
import type { AccessView, ProofStep } from "./api-access.ts";
import type { SanitisedText } from "./api-others.ts";
import type {
  Draft,
  OpenedMessage,
  PreparedMessages,
  SealedMessage,
  SealMessageInput,
  SignedMessageJson,
} from "./api-messages.ts";

/**
 * What a page may ask of the engine: the one place that holds unlocked secret keys. The page never receives one.
 * Every method runs in the worker; `connectEngine` (client.ts) gives the page this interface over a MessagePort.
 * Binary values are base64url text where they go on to the server, Uint8Array where they stay in the browser.
 */
type Out<Schema extends { readonly _output: unknown }> = Schema["_output"];
export type StatementJson = Out<typeof schemas.Statement>;
export type SealedJson = Out<typeof schemas.Sealed>;
export type ActJson = Out<typeof schemas.Act>;
export type WrapJson = Out<typeof schemas.UkWrap>;
export type EnrolStartedJson = Out<typeof schemas.EnrolStarted>;
export type NewInviteBody = Out<typeof schemas.NewInvite>;
export type NewCaseBody = Out<typeof schemas.NewCase>;
export type NewFileBody = Out<typeof schemas.NewFile>;
export type NewGrantBody = Out<typeof schemas.NewGrant>;
export type SignedManifestJson = Out<typeof schemas.SignedManifest>;
export type ReleaseJson = Out<typeof schemas.Release>;
export type AccessJson = Out<typeof schemas.Access>;
export type ReceiptJson = Out<typeof schemas.Receipt>;
export type PartRole = (typeof schemas.PART_ROLES)[number];
export type Purpose = (typeof schemas.PURPOSES)[number];
export type PersonRole = Role;

/** How a person proves to the engine that the keys are theirs. `id` is the credential id (passkey) as base64url. */
export type Unlock =
  | { readonly method: "prf"; readonly id: string; readonly prfOutput: Uint8Array }
  | { readonly method: "passphrase"; readonly passphrase: string }
  /** 24 words, or the texts of enough holders' shares, one a line. */
  | { readonly method: "recovery"; readonly words: string };

export interface EngineState {
  /** Undefined while locked. */
  readonly user: string | undefined;
  readonly pins: readonly string[];
  /** "<team>#<epoch>" of the team keys held. */
  readonly teams: readonly string[];
  readonly isRoot: boolean;
}

/** Progress of long work, in the unit of the method (bytes, unless it says otherwise). */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

export interface InviteView {
  /** What the server is shown (`EnrolStart.token`). */
  readonly token: string;
  /** Root fingerprints in the link; none in the first administrator's. */
  readonly pins: readonly string[];
  /** The desk's 12 words, to compare by voice. Empty in the first administrator's link. */
  readonly words: readonly string[];
}

export interface CreateIdentity {
  /** The fragment of the invitation link, with or without its `#`. */
  readonly fragment: string;
  /** The server's answer to enrolStart. */
  readonly started: EnrolStartedJson;
  /** newId("user"), made by the page: a passkey needs it as user handle before it exists. */
  readonly user: string;
  readonly name: string;
  /** The organisation's name; needed when `started.kind` is first or customer. */
  readonly orgName?: string;
  readonly unlock: Unlock;
}

/** EnrolFinish without token, email, and the passkey's response. */
export interface CreatedIdentity {
  readonly org: string;
  readonly wraps: readonly WrapJson[];
  readonly identity: string;
  readonly statements: readonly StatementJson[];
  readonly act: ActJson;
  /** For a passphrase: what EnrolFinish.credential carries. */
  readonly passphrase?: { readonly token: string; readonly salt: string };
  /** The new organisation's own 12 words (first, customer). */
  readonly words: readonly string[];
}

export interface MakeInvite {
  readonly url: string;
  readonly for: "staff" | "customer" | "member";
  readonly role: PersonRole;
  /** The person's own organisation; for a customer the engine makes a new id. */
  readonly org: string;
  readonly label: string;
  readonly statements: readonly StatementJson[];
}

export interface MadeInvite {
  readonly id: string;
  readonly link: string;
  readonly body: NewInviteBody;
}

export interface TrustView {
  readonly desk: {
    readonly org: string;
    readonly name: string;
    readonly fingerprint: string;
    readonly words: readonly string[];
  };
  readonly orgs: readonly {
    readonly org: string;
    readonly kind: "desk" | "customer";
    readonly name: string;
    readonly words: readonly string[];
  }[];
  readonly people: readonly {
    readonly user: string;
    readonly org: string;
    readonly role: PersonRole;
    readonly name: string;
  }[];
}

export interface TextItem {
  readonly kind: "subject" | "name" | "why" | "san";
  readonly sealed: SealedJson;
  readonly place: { readonly org: string; readonly case: string; readonly file?: string };
}
export type OpenedText = { readonly text: string } | { readonly code: string };

export interface MakeCase {
  /** The customer's organisation. */
  readonly org: string;
  readonly subject: string;
  readonly type: NewCaseBody["type"];
  readonly jurisdiction: string;
  readonly sensitivity: NewCaseBody["sensitivity"];
  /** Must hold both teams' statements (GET /v1/trust). */
  readonly statements: readonly StatementJson[];
}

/** The members of an act that the caller chooses; the engine adds v, at, actor and the signature. */
export interface ActInput {
  readonly t: string;
  readonly org: string;
  readonly case?: string;
  readonly file?: string;
  readonly parts?: readonly string[];
  readonly grant?: string;
  readonly man?: string;
  readonly n?: number;
  readonly what?: string;
  /** Why, in words: sealed to the case's key before it leaves the engine. `statements` are the case's. */
  readonly reason?: { readonly text: string; readonly statements: readonly StatementJson[] };
}

/* ---- the sanitiser ---- */

export type SanitiserMode = "support" | "strict";

/** Whether a person may have one value readable again: freely, with a reason, or not at all. */
export type Keepable = "yes" | "reason" | "live" | "never";

/** One distinct value that was replaced, without the value. */
export interface ValueRow {
  /** What stands for it. Undefined where many values share one mask (numbers, parts that could not be read). */
  readonly standIn: string | undefined;
  readonly kind: string;
  readonly rules: readonly string[];
  readonly places: number;
  /** Entry numbers, at most 100 of them; -1 for what stands outside the entries. */
  readonly entries: readonly number[];
  readonly carriedBy: number;
  /** RFC 6901 pointer to the first place. */
  readonly pointer: string;
  readonly confidence: string;
  readonly keep: Keepable;
}

/** A value that the person kept readable: a loosening, which the sealed manifest records. */
export interface KeptRow {
  readonly standIn: string;
  readonly kind: string;
  /** The first rule by which it would have gone, and all of them. */
  readonly rule: string;
  readonly rules: readonly string[];
  readonly places: number;
  readonly reason: string;
  readonly at: string;
}

/** The credentials of the original file, without their values. */
export interface SessionsView extends Inventory {
  /** When this was read: "live" is meant for this moment. */
  readonly at: string;
  /** Whose they are, as their tokens say: number one is "p1". */
  readonly persons: readonly string[];
}

export interface EntryRow {
  readonly index: number;
  readonly method: string;
  /** Host and path; never the query. */
  readonly host: string;
  readonly path: string;
  readonly status: number;
  readonly mime: string;
  /** Bytes of the response body. */
  readonly size: number;
  /** Milliseconds since the first entry began. */
  readonly start: number;
  readonly time: number;
  /** blocked, dns, connect, ssl, send, wait, receive, in milliseconds; -1 where the recorder does not know. */
  readonly timings: readonly number[];
  readonly findings: number;
}

export interface Sanitised {
  /** Names this file's session in the engine until sealed or dropped. */
  readonly handle: string;
  readonly fileName: string;
  readonly mode: SanitiserMode;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly entries: readonly EntryRow[];
  readonly values: readonly ValueRow[];
  /** Distinct values beyond those listed. */
  readonly unlisted: number;
  readonly kept: readonly KeptRow[];
  readonly sessions: SessionsView;
  readonly counts: Readonly<Record<string, number>>;
  readonly total: number;
  /** What the verification searched the result for, and found nothing. */
  readonly checkedValues: number;
  readonly checkedEncodings: number;
  /** Parts that could not be read and were masked whole. */
  readonly masked: number;
}

export interface EntryPreview {
  /** The entry as JSON text, indented; undefined when it is too large to show. */
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly bytes: number;
  /** The values that stand in this entry. */
  readonly values: readonly ValueRow[];
}

export interface KeepChange {
  readonly standIn: string;
  /** False: replaced again. */
  readonly keep: boolean;
  readonly reason: string;
}
/** Files about a sanitised file that a person may take away. None holds a secret. */
export type SanitiserFile = "report" | "watch" | "watchKey" | "result";

export interface SealInput {
  readonly handle: string;
  readonly org: string;
  readonly case: string;
  readonly statements: readonly StatementJson[];
}

/** A file that is sealed and waits in the browser's private storage until its last byte is with the server. */
export interface SealedUpload {
  readonly file: string;
  readonly org: string;
  readonly case: string;
  readonly fileName: string;
  readonly created: string;
  readonly body: NewFileBody;
  readonly manifest: SignedManifestJson;
  /** Hash that the act file.create carries as `man`. */
  readonly man: string;
  readonly parts: readonly { readonly part: string; readonly role: PartRole; readonly ctSize: number }[];
}

export interface VerifiedReceiptView {
  readonly desk: string;
  readonly words: readonly string[];
  readonly file: string;
  readonly case: string;
  readonly at: string;
  readonly index: number;
  readonly size: number;
  readonly origin: string;
  readonly cosigned: number;
  readonly man: string;
}

/* ---- opening ---- */

export interface GrantInput {
  readonly org: string;
  readonly case: string;
  readonly file: string;
  readonly parts: readonly PartRole[];
  readonly purpose: Purpose;
  readonly minutes: number;
  readonly uses: number;
  /** The reason in words; sealed to the case key before it leaves the engine. */
  readonly text: string;
  /** With the case's key among them. */
  readonly statements: readonly StatementJson[];
}

export interface PrepareRelease {
  readonly manifest: SignedManifestJson;
  readonly statements: readonly StatementJson[];
  readonly parts: readonly PartRole[];
  readonly why: Purpose;
  /** The reason in words; sealed to the case key before it leaves the engine. */
  readonly text: string;
  readonly grant?: Readonly<Record<string, unknown>>;
}
export interface PreparedRelease {
  readonly handle: string;
  readonly act: ActJson;
  readonly rpk: string;
}

export interface OpenedRelease {
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly origin: string;
  readonly cosigned: number;
  readonly reader: string;
  readonly at: string;
  readonly steps: readonly ProofStep[];
  /** Undefined where the file was sealed by a program that says nothing about it. */
  readonly sanitised: SanitisedFacts | undefined;
}
/** What the uploader's sanitiser says about the file, signed by the uploader's device. */
export interface SanitisedFacts {
  readonly tool: string;
  readonly version: string;
  /** Made with the rules that this browser has. */
  readonly sameRules: boolean;
  readonly mode: string;
  readonly at: string;
  readonly checkedValues: number;
  readonly refused: number;
  readonly kept: readonly Omit<KeptRow, "standIn">[];
}
/** One opened part, held against what was said about it and against today's rules. */
export interface PartCheck {
  readonly role: PartRole;
  /** Whether the part is the one of which the sanitiser's document holds the hash. */
  readonly hash: "same" | "differs" | "unknown";
  /** Places in which today's rules still find something, by rule. */
  readonly found: Readonly<Record<string, number>>;
  readonly total: number;
  /** Of these, places that the uploader said to have kept. */
  readonly known: number;
  /** The part could not be checked: the code of the reason. */
  readonly problem: string | undefined;
}
export interface DecryptPart {
  readonly handle: string;
  readonly role: PartRole;
  readonly ciphertext: Blob;
  /** The viewer's end. Plaintext goes here and nowhere else. */
  readonly port: MessagePort;
}

/** Method → [input, output]. Every method can be cancelled; those that report progress say so. */
export interface EngineMethods extends PeopleMethods, ApprovalMethods, KeysMethods {
  readonly state: [undefined, EngineState];
  readonly readInvite: [{ readonly fragment: string }, InviteView];
  readonly createIdentity: [CreateIdentity, CreatedIdentity];
  /** The token a passphrase signs in with. The stretched passphrase is kept for the unlock that follows. */
  readonly passphraseToken: [{ readonly passphrase: string; readonly salt: string }, { readonly token: string }];
  readonly unlock: [
    {
      readonly user: string;
      readonly wraps: readonly WrapJson[];
      readonly identity: string;
      readonly unlock: Unlock;
      readonly teamKeys?: readonly TeamKeyJson[];
    },
    EngineState,
  ];
  readonly lock: [undefined, undefined];
  /** A further way to unlock (a passphrase beside the passkey). */
  readonly addUnlock: [
    { readonly unlock: Unlock },
    { readonly wrap: WrapJson; readonly passphrase?: { readonly token: string; readonly salt: string } },
  ];
  /** For a device that the server does not know yet (SignedIn.deviceKnown false): POST to `me`. */
  readonly bindDevice: [{ readonly org: string }, { readonly statement: StatementJson; readonly act: ActJson }];
  readonly makeInvite: [MakeInvite, MadeInvite];
  readonly openTrust: [{ readonly statements: readonly StatementJson[] }, TrustView];
  readonly makeCase: [MakeCase, NewCaseBody];
  /** Many at once; one that cannot be opened gives its code, never an exception. `keys` are the rows' case.key statements. */
  readonly openTexts: [
    { readonly items: readonly TextItem[]; readonly keys: readonly StatementJson[] },
    readonly OpenedText[],
  ];
  readonly signAct: [ActInput, ActJson];

  readonly sealMessage: [SealMessageInput, SealedMessage];
  readonly prepareMessages: [
    {
      readonly org: string;
      readonly case: string;
      readonly messages: readonly SignedMessageJson[];
      readonly statements: readonly StatementJson[];
    },
    PreparedMessages,
  ];
  readonly openMessages: [
    { readonly handle: string; readonly release: ReleaseJson; readonly statements: readonly StatementJson[] },
    readonly OpenedMessage[],
  ];
  readonly readDraft: [{ readonly case: string }, Draft | undefined];
  /** Without a draft: forgets it. */
  readonly writeDraft: [{ readonly case: string; readonly draft?: Draft | undefined }, undefined];

  /** Reports progress in bytes of the input. */
  readonly sanitise: [{ readonly file: File; readonly mode?: SanitiserMode }, Sanitised];
  /** By its first bytes and its name: a recording, a kind of text, or neither. */
  readonly fileKind: [{ readonly file: File }, FileKind];
  /** Text that is no recording. Reports progress in bytes of the input. */
  readonly sanitiseText: [{ readonly file: File; readonly mode?: SanitiserMode }, SanitisedText];
  /** Bytes that nothing looks into; `confirmed`: when the person was told so. */
  readonly takeRaw: [{ readonly file: File; readonly confirmed: string }, { readonly handle: string }];
  /** Does the work again with one value more, or less, kept readable. Reports progress in bytes of the input. */
  readonly keepValue: [{ readonly handle: string } & KeepChange, Sanitised];
  /** Numbers of the entries that hold the text after sanitising. Reports progress in bytes of the output. */
  readonly searchEntries: [{ readonly handle: string; readonly query: string }, readonly number[]];
  readonly sanitiserFile: [{ readonly handle: string; readonly what: SanitiserFile }, Blob];
  readonly previewEntry: [{ readonly handle: string; readonly index: number }, EntryPreview];
  /** Reports progress in bytes of the output. */
  readonly seal: [SealInput, SealedUpload];
  readonly dropSanitised: [{ readonly handle: string }, undefined];
  /** Uploads that wait since an earlier visit. */
  readonly pendingUploads: [{ readonly case?: string }, readonly SealedUpload[]];
  readonly sealedPart: [{ readonly file: string; readonly part: string }, File];
  readonly forgetUpload: [{ readonly file: string }, undefined];
  readonly verifyReceipt: [{ readonly receipt: ReceiptJson }, VerifiedReceiptView];

  readonly makeGrant: [GrantInput, NewGrantBody];
  readonly prepareRelease: [PrepareRelease, PreparedRelease];
  readonly openRelease: [
    { readonly handle: string; readonly release: ReleaseJson; readonly statements: readonly StatementJson[] },
    OpenedRelease,
  ];
  /** Reports progress in bytes of ciphertext. */
  readonly decryptPart: [DecryptPart, { readonly bytes: number }];
  /** Reads the part once more and searches it with today's rules. Reports progress in bytes of ciphertext. */
  readonly checkPart: [Omit<DecryptPart, "port">, PartCheck];
  readonly dropRelease: [{ readonly handle: string }, undefined];
  /** Size of the newest checkpoint of this log that this browser has verified: the access query's `from`. */
  readonly seenSize: [{ readonly org: string }, number | undefined];
  /** `from` is what the query said; without it nothing is compared with the past, and nothing is remembered. */
  readonly verifyAccess: [
    {
      readonly access: AccessJson;
      readonly org: string;
      readonly keys: readonly StatementJson[];
      readonly from?: number;
      /** What was asked for, where that was every entry: then none may be missing. */
      readonly whole?: { readonly before?: number; readonly limit: number };
    },
    AccessView,
  ];
}

export type Method = keyof EngineMethods;
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}
type Call<M extends Method> = EngineMethods[M][0] extends undefined
  ? (input?: undefined, options?: CallOptions) => Promise<EngineMethods[M][1]>
  : (input: EngineMethods[M][0], options?: CallOptions) => Promise<EngineMethods[M][1]>;

export type EngineEvent =
  | { readonly type: "locked"; readonly reason: "idle" | "asked" }
  | { readonly type: "unlocked"; readonly state: EngineState };

export type Engine = { readonly [M in Method]: Call<M> } & {
  /** Returns the function that stops listening. */
  subscribe(listener: (event: EngineEvent) => void): () => void;
  close(): void;
};
