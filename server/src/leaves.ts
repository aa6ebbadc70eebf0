import type { LeafType } from "@breakwater/ledger";

/** What a route writes into the ledger when it succeeds, or why it writes nothing. A refusal may add auth.fail or key.deny. */
type Trace = readonly LeafType[] | string;

const OWN = "shows people of one organisation to each other, and nothing of a file";
const SIGNING_IN = "the first half of signing in: who it is shows in the second";
const READ_ON = "shows what the reader's next act is about to name; nothing sealed is in it";

/**
 * Every route of the interface (reference/vault.md 10, number 24). INVARIANT: a route that is not here does not start, so that
 * nothing can be added that the ledger does not know of, or that nobody thought about.
 */
export const LEAVES: Readonly<Record<string, Trace>> = {
  "GET /v1/status": "says the program's version to anybody",
  "GET /v1/openapi.json": "describes the interface",
  "GET /v1/events": "tells that something happened; what it was is read elsewhere",

  "POST /v1/enrol/start": "the first half of enrolling",
  "POST /v1/enrol/finish": ["key.bind", "session.start"],
  "POST /v1/session/passkey/start": SIGNING_IN,
  "POST /v1/session/passkey/finish": ["session.start"],
  "POST /v1/session/passphrase/start": SIGNING_IN,
  "POST /v1/session/passphrase/finish": ["session.start"],
  "POST /v1/session/recovery": ["session.start"],
  "POST /v1/session/verify/start": "the first half of showing that it is still the same person",
  "POST /v1/session/verify/finish": "is part of the act that follows it, which is logged",
  "DELETE /v1/session": ["session.end"],
  "GET /v1/sessions": OWN,
  "DELETE /v1/sessions": ["session.end"],
  "DELETE /v1/sessions/:session": ["session.end"],

  "GET /v1/me": "shows a person their own sealed keys",
  "PUT /v1/me": "replaces a person's own sealed keys, which nobody else can read",
  "POST /v1/me": ["key.bind"],
  "PUT /v1/me/recovery": ["key.bind"],
  "POST /v1/me/unlocks/start": "the first half of adding a way to unlock",
  "POST /v1/me/unlocks": ["key.bind"],
  "GET /v1/passkeys": OWN,
  "POST /v1/passkeys": ["key.bind"],
  "GET /v1/devices": OWN,
  "PUT /v1/devices/:device": "gives one's own browser a name",

  "GET /v1/trust": "shows signed statements, which are made to be shown",
  "GET /v1/people": OWN,
  "GET /v1/customers": "shows the desk which customers it has",
  "GET /v1/invites": OWN,
  "POST /v1/invites": ["config.change"],
  "DELETE /v1/invites/:invite": ["config.change"],
  "POST /v1/standing": ["key.revoke", "key.bind"],
  "POST /v1/roles": ["config.change"],
  "GET /v1/teams": OWN,
  "POST /v1/teams": ["config.change"],
  "POST /v1/teams/:team/members": ["config.change"],
  "POST /v1/teams/:team/rotate": ["team.rotate"],
  "GET /v1/rotation": OWN,
  "POST /v1/rotation": ["team.rotate"],
  "GET /v1/settings": OWN,
  "PUT /v1/settings": ["config.change"],
  "GET /v1/storage": "says how much room is taken",

  "GET /v1/policy": "shows the rules",
  "POST /v1/policy": ["policy.change"],
  "POST /v1/policy/check": "reads rules that nobody has proposed",
  "POST /v1/policy/simulate": "tries rules that nobody has proposed",
  "POST /v1/policy/:set/approve": ["policy.change"],
  "POST /v1/policy/:set/withdraw": ["policy.change"],

  "GET /v1/cases": READ_ON,
  "POST /v1/cases": ["case.open", "releaser.key"],
  "GET /v1/cases/:case": ["file.list"],
  "PATCH /v1/cases/:case": ["case.update"],
  "POST /v1/cases/:case/assign": ["case.assign"],
  "POST /v1/cases/:case/unassign": ["case.unassign"],
  "POST /v1/cases/:case/close": ["case.close"],
  "POST /v1/cases/:case/seen": "keeps how far somebody has read",
  "GET /v1/cases/:case/messages": ["case.read"],
  "POST /v1/cases/:case/messages": ["case.message"],
  "GET /v1/cases/:case/life": "shows orders that are in the log already",
  "POST /v1/cases/:case/hold": ["file.hold", "file.unhold"],
  "POST /v1/cases/:case/shred": ["key.shred"],
  "POST /v1/cases/:case/export": ["export.case"],
  "GET /v1/case-views": "shows a person's own filters",
  "POST /v1/case-views": "keeps a person's own filters",
  "DELETE /v1/case-views/:view": "forgets a person's own filters",

  "POST /v1/files": "announces a file; its sealing is logged when it is finished",
  "GET /v1/files/:file": ["file.meta"],
  "POST /v1/files/:file/finish": ["file.create", "file.finish"],
  "GET /v1/files/:file/receipt": "shows the uploader what they were given already",
  "GET /v1/files/:file/parts/:part": ["file.fetch"],
  "POST /v1/files/:file/delete": ["file.delete"],
  "POST /v1/uploads": "takes ciphertext of a file that was announced",
  "PATCH /v1/uploads/:part": "takes ciphertext of a file that was announced",
  "DELETE /v1/uploads/:part": "forgets ciphertext of a file that was never finished",

  "GET /v1/grants": READ_ON,
  "POST /v1/grants": ["grant.request", "grant.breakglass"],
  "POST /v1/grants/:grant/decide": ["grant.approve", "grant.deny"],
  "POST /v1/grants/:grant/revoke": ["grant.revoke"],
  "POST /v1/grants/:grant/review": ["grant.review"],
  "POST /v1/release": ["key.release"],

  "GET /v1/access": "shows the log itself",
  "GET /log/:log/checkpoint": "shows the log itself",
  "GET /log/:log/tile/*": "shows the log itself",
};

/** What happens without anybody's asking. */
export const JOBS: Readonly<Record<string, readonly LeafType[]>> = {
  "the log beats every five minutes": ["log.heartbeat"],
  "retention shreds what is closed for long enough": ["key.shred"],
  "a releaser makes a case's key": ["releaser.key"],
  "somebody is refused": ["auth.fail", "key.deny"],
  "one of the desk's people carries a session to another network": ["session.moved"],
};

/** Throws for a route that nobody wrote down above. */
export function checkTraced(method: string, url: string): void {
  if (method === "HEAD" || method === "OPTIONS" || !/^\/(v1|log)\//.test(url)) return;
  if (!Object.hasOwn(LEAVES, `${method} ${url}`))
    throw new TypeError(`${method} ${url} does not say what it leaves in the ledger: add it to server/src/leaves.ts.`);
}
