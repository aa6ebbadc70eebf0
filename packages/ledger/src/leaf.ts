/**
 * The closed registry of what can be logged (reference: leaf types). There is no impersonation feature, hence no type for it.
 * For each type the members that it must carry besides v, t, ts, org and actor; a person's act also carries `at` and `asig`.
 */
export const LEAF_TYPES = {
  "session.start": ["ses"],
  "session.moved": ["ses"],
  "session.end": ["ses"],
  "auth.fail": [],
  "key.bind": [],
  "key.revoke": [],
  "case.open": ["case"],
  "case.assign": ["case"],
  "case.unassign": ["case"],
  "case.close": ["case"],
  "case.read": ["case"],
  "case.update": ["case", "what"],
  "case.message": ["case", "man", "at", "asig"],
  "file.create": ["case", "file", "man", "at", "asig"],
  "file.finish": ["case", "file", "man"],
  "file.list": ["n"],
  "file.meta": ["case", "file"],
  "file.fetch": ["case", "file"],
  "file.delete": ["case", "file"],
  "file.hold": ["case"],
  "file.unhold": ["case"],
  "key.release": ["case", "parts", "man", "rpk", "why", "pol", "at", "asig"],
  "key.deny": ["case"],
  "key.shred": ["case"],
  "grant.request": ["case", "file", "parts", "grant", "what", "at", "asig"],
  "grant.approve": ["case", "file", "grant"],
  "grant.deny": ["case", "file", "grant"],
  "grant.revoke": ["case", "file", "grant"],
  "grant.expire": ["case", "file", "grant"],
  "grant.breakglass": ["case", "file", "parts", "grant", "what", "at", "asig"],
  "grant.review": ["case", "file", "grant"],
  "share.create": ["case", "file"],
  "share.revoke": ["case", "file"],
  "policy.change": ["what"],
  "config.change": ["what"],
  "team.rotate": ["what"],
  "vendor.change": ["what"],
  "service.token": [],
  "releaser.start": [],
  "releaser.key": ["case"],
  "export.report": ["n"],
  "export.case": ["case", "n"],
  "file.quarantine": ["case", "file"],
  "log.heartbeat": [],
} as const satisfies Record<string, readonly string[]>;

export type LeafType = keyof typeof LEAF_TYPES;

export function isLeafType(text: string): text is LeafType {
  return Object.hasOwn(LEAF_TYPES, text);
}

/** Reasons to open a file or messages: a closed list, so that they can be counted and ruled on. */
export const WHYS = [
  "diagnose",
  "reproduce",
  "verify-fix",
  "quality",
  "security",
  "break-glass",
  "own-file",
  "correspond",
] as const;
export type Why = (typeof WHYS)[number];

export const ACTOR_KINDS = ["staff", "customer", "service", "releaser", "server"] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

export interface Actor {
  readonly id: string;
  readonly kind: ActorKind;
  /** The device whose key made `asig`. */
  readonly dev?: string;
}

/** What a person does, as their browser signs it (docs/protocol.md section 4.1). */
export interface Act {
  readonly v: 1;
  readonly t: LeafType;
  /** The browser's clock. */
  readonly at?: string;
  readonly org: string;
  readonly case?: string;
  readonly file?: string;
  readonly parts?: readonly string[];
  readonly actor: Actor;
  readonly grant?: string;
  readonly rpk?: string;
  readonly man?: string;
  readonly n?: number;
  readonly why?: Why;
  /** The reason in words, sealed to the case key. */
  readonly x?: { readonly to: string; readonly enc: string; readonly ct: string };
  readonly what?: string;
}

/** One entry of an organisation's log: an act and what the server saw of it (docs/protocol.md section 5). */
export interface Leaf extends Act {
  /** The server's clock. */
  readonly ts: string;
  readonly ses?: string;
  readonly net?: { readonly ip?: string; readonly pfx?: string };
  readonly pol?: { readonly set: string; readonly ids: readonly string[]; readonly dec: "allow" | "deny" };
  readonly asig?: string;
}
