/** Who may use a route at all, before any policy: plain tables that the server enforces and the web reads to hide what would fail. */
export const ROLES = ["admin", "lead", "engineer", "manager", "auditor", "member"] as const;
export type Role = (typeof ROLES)[number];
export const ORG_KINDS = ["desk", "customer"] as const;
export type OrgKind = (typeof ORG_KINDS)[number];

export const STANDINGS = ["active", "suspended", "revoked"] as const;

/** The roles that there are on each side; what a role may do, the table below says. */
export const ROLES_OF: Readonly<Record<OrgKind, readonly Role[]>> = {
  desk: ["admin", "lead", "engineer", "manager", "auditor"],
  customer: ["admin", "member", "auditor"],
};

export interface Principal {
  readonly orgKind: OrgKind;
  /** A service account has no role of its own: its scopes say what it may of what the table gives services. */
  readonly role: Role | "service";
}

type Allowed = readonly `${OrgKind}:${Role | "service"}`[];
const desk: Allowed = ["desk:admin", "desk:lead", "desk:engineer"];
const customer: Allowed = ["customer:admin", "customer:member"];
const auditors: Allowed = ["desk:auditor", "customer:auditor"];
const administrators: Allowed = ["desk:admin", "customer:admin"];
const services: Allowed = ["desk:service", "customer:service"];

export const WHO_MAY = {
  inviteStaff: ["desk:admin"],
  inviteCustomer: ["desk:admin"],
  inviteMember: ["customer:admin"],
  readPeople: [...desk, "desk:manager", ...customer, ...auditors],
  readCustomers: [...desk, "desk:auditor"],
  /** Standing, roles, teams and other people's devices and sessions, of one's own organisation. */
  managePeople: administrators,
  openCase: customer,
  readCases: [...desk, ...customer, ...auditors, ...services],
  updateCase: [...desk, ...customer],
  writeMessage: [...desk, ...customer],
  assignOthers: desk,
  shareViews: ["desk:admin", "desk:lead"],
  assignCase: desk,
  closeCase: [...desk, ...customer],
  uploadFile: [...desk, ...customer],
  readStorage: ["customer:admin"],
  /** What destroys, or keeps from being destroyed: the releaser demands these roles too. */
  shredCase: ["desk:admin", "desk:lead", "customer:admin"],
  holdCase: ["desk:admin", "desk:lead", "customer:admin"],
  deleteFile: ["desk:admin", "desk:lead", "customer:admin"],
  exportCase: ["customer:admin"],
  requestGrant: desk,
  decideGrant: ["desk:admin", "desk:lead", ...customer],
  revokeGrant: [...desk, ...customer],
  reviewGrant: ["desk:admin"],
  readGrants: [...desk, ...customer, ...auditors],
  changeSettings: administrators,
  readPolicy: [...desk, "desk:auditor"],
  proposePolicy: ["desk:admin"],
  approvePolicy: ["desk:admin", "desk:lead"],
  releaseKey: [...desk, ...customer],
  readAccess: [...desk, ...customer, ...auditors, ...services],
} as const satisfies Record<string, Allowed>;

export type Action = keyof typeof WHO_MAY;

export function mayDo(action: Action, who: Principal): boolean {
  return (WHO_MAY[action] as Allowed).includes(`${who.orgKind}:${who.role}`);
}
