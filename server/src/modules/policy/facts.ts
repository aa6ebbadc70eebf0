/** What the rules may know. Members that may be absent are what the server may not know: content/policies/desk.cedarschema says so too. */
export interface Network {
  readonly prefix: string;
  /** Every way to call the network that a rule may list. */
  readonly names: readonly string[];
  readonly moved: boolean;
  readonly asn?: number;
  readonly country?: string;
  readonly anonymiser?: boolean;
}
export interface Auth {
  readonly method: "passkey" | "passphrase" | "oidc" | "token" | "unknown";
  /** Since the person was last verified. */
  readonly freshSeconds?: number;
}
/** Times in milliseconds since 1970. */
export interface VendorFacts {
  readonly vendor: string;
  readonly active: boolean;
  readonly contractUntil: number;
  readonly reviewBy: number;
  readonly managedDevice: boolean;
  readonly networks: readonly string[];
  readonly countries: readonly string[];
}
/** Who asks, and from where. */
export interface Subject {
  readonly user: string;
  readonly org: string;
  readonly kind: "staff" | "customer" | "service";
  readonly role: string;
  readonly suspended: boolean;
  /** Sensitivities that the person may open. */
  readonly clearance: readonly string[];
  readonly teams: readonly string[];
  readonly vendor?: VendorFacts;
  readonly jurisdictions?: readonly string[];
  /** Where the person's organisation works from; empty: anywhere. */
  readonly allowed: { readonly networks: readonly string[]; readonly countries: readonly string[] };
  readonly network: Network;
  readonly auth: Auth;
  readonly managedDevice?: boolean;
}
export interface CaseFacts {
  readonly case: string;
  readonly org: string;
  readonly state: string;
  readonly sensitivity: string;
  readonly jurisdiction: string;
  readonly hold: boolean;
  readonly assignees: readonly string[];
  readonly team?: string;
}
/** What a customer demands before its files are opened. */
export interface OpeningRules {
  readonly approve: "none" | "lead" | "customer" | "both";
  readonly breakGlass: boolean;
}
export interface FileFacts {
  readonly file: string;
  readonly org: string;
  readonly case: CaseFacts;
  readonly sealed: boolean;
  readonly sanitised: boolean;
  /** Needs a second person's approval, whatever the customer's rules say. */
  readonly fourEyes: boolean;
  readonly rules: OpeningRules;
}
/** Times in milliseconds since 1970. */
export interface GrantFacts {
  readonly grantee: string;
  readonly purpose: string;
  readonly parts: readonly string[];
  readonly nbf: number;
  readonly exp: number;
  /** Who approved, by side. */
  readonly leads: readonly string[];
  readonly customers: readonly string[];
  readonly denied: boolean;
  readonly revoked: boolean;
}

export type CaseAction =
  | "case.read"
  | "case.assign"
  | "case.give"
  | "case.leave"
  | "case.unassign"
  | "case.update"
  | "case.close"
  | "case.message"
  | "case.messages"
  | "case.hold"
  | "case.shred"
  | "file.upload";
export type GrantAction = "grant.request" | "grant.approve" | "grant.deny" | "grant.revoke" | "grant.review";
export type OrgAction = "case.open" | "policy.propose" | "policy.approve" | "settings.change";

/** A question: `now` is the clock's unless it is said, as when an old question is asked again. */
export type PolicyRequest = { readonly subject: Subject; readonly now?: number } & (
  | { readonly action: OrgAction; readonly org: string }
  | { readonly action: CaseAction; readonly case: CaseFacts }
  | { readonly action: "file.meta" | "file.fetch"; readonly file: FileFacts }
  | { readonly action: GrantAction; readonly file: FileFacts; readonly grant: GrantFacts }
  | {
      readonly action: "key.release";
      readonly file: FileFacts;
      readonly why: string;
      readonly parts: readonly string[];
      readonly grant: GrantFacts | undefined;
    }
);
