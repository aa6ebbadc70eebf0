/**
 * Every URL of the product is built here, for server, web and command line alike.
 * `:name` marks a parameter in the patterns that the server mounts; `path()` fills them in.
 */
export const PATHS = {
  status: "/v1/status",
  openapi: "/v1/openapi.json",
  events: "/v1/events",

  enrolStart: "/v1/enrol/start",
  enrolFinish: "/v1/enrol/finish",
  passkeyStart: "/v1/session/passkey/start",
  passkeyFinish: "/v1/session/passkey/finish",
  passphraseStart: "/v1/session/passphrase/start",
  passphraseFinish: "/v1/session/passphrase/finish",
  session: "/v1/session",
  verifyStart: "/v1/session/verify/start",
  verifyFinish: "/v1/session/verify/finish",
  me: "/v1/me",
  recovery: "/v1/me/recovery",
  unlocks: "/v1/me/unlocks",
  unlocksStart: "/v1/me/unlocks/start",
  recoveryFinish: "/v1/session/recovery",

  trust: "/v1/trust",
  passkeys: "/v1/passkeys",
  people: "/v1/people",
  teams: "/v1/teams",
  teamMembers: "/v1/teams/:team/members",
  teamRotate: "/v1/teams/:team/rotate",
  rotation: "/v1/rotation",
  standing: "/v1/standing",
  roles: "/v1/roles",
  sessions: "/v1/sessions",
  sessionOther: "/v1/sessions/:session",
  devices: "/v1/devices",
  deviceOne: "/v1/devices/:device",
  customers: "/v1/customers",
  invites: "/v1/invites",
  invite: "/v1/invites/:invite",

  cases: "/v1/cases",
  case: "/v1/cases/:case",
  caseAssign: "/v1/cases/:case/assign",
  caseLife: "/v1/cases/:case/life",
  caseExport: "/v1/cases/:case/export",
  caseShred: "/v1/cases/:case/shred",
  caseHold: "/v1/cases/:case/hold",
  caseClose: "/v1/cases/:case/close",
  caseUnassign: "/v1/cases/:case/unassign",
  caseMessages: "/v1/cases/:case/messages",
  caseSeen: "/v1/cases/:case/seen",
  caseViews: "/v1/case-views",
  caseView: "/v1/case-views/:view",

  files: "/v1/files",
  file: "/v1/files/:file",
  fileFinish: "/v1/files/:file/finish",
  fileDelete: "/v1/files/:file/delete",
  fileReceipt: "/v1/files/:file/receipt",
  filePart: "/v1/files/:file/parts/:part",
  storage: "/v1/storage",
  uploads: "/v1/uploads",
  upload: "/v1/uploads/:part",

  grants: "/v1/grants",
  grantDecide: "/v1/grants/:grant/decide",
  grantRevoke: "/v1/grants/:grant/revoke",
  grantReview: "/v1/grants/:grant/review",
  settings: "/v1/settings",
  policy: "/v1/policy",
  policyCheck: "/v1/policy/check",
  policySimulate: "/v1/policy/simulate",
  policyApprove: "/v1/policy/:set/approve",
  policyWithdraw: "/v1/policy/:set/withdraw",
  release: "/v1/release",

  access: "/v1/access",
  logCheckpoint: "/log/:log/checkpoint",
  logTile: "/log/:log/tile/*",
} as const;

export type PathName = keyof typeof PATHS;

/** Fills a pattern's parameters. Throws TypeError when one is missing. */
export function path(name: PathName, parameters: Readonly<Record<string, string>> = {}): string {
  return PATHS[name].replace(/:([a-z]+)/g, (_, parameter: string) => {
    const value = parameters[parameter];
    if (value === undefined) throw new TypeError(`The path ${name} needs the parameter ${parameter}.`);
    return encodeURIComponent(value);
  });
}

/** Pages of the web application; the server answers each with the application's document. */
export const PAGES = {
  home: "/",
  enrol: "/enrol",
  signIn: "/sign-in",
  cases: "/cases",
  newCase: "/cases/new",
  case: "/cases/:case",
  upload: "/cases/:case/upload",
  view: "/cases/:case/files/:file",
  approvals: "/approvals",
  policy: "/policy",
  access: "/access",
  people: "/people",
  person: "/people/:user",
  keys: "/keys",
} as const;
