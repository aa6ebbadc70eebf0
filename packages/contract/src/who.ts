/** Who may use a route at all, before any policy: plain tables that the server enforces and the web reads to hide what would fail. */
export const ROLES = ["admin", "engineer", "member"] as const;
export type Role = (typeof ROLES)[number];
export const ORG_KINDS = ["desk", "customer"] as const;
export type OrgKind = (typeof ORG_KINDS)[number];

export interface Principal {
  readonly orgKind: OrgKind;
  readonly role: Role;
}

type Allowed = readonly `${OrgKind}:${Role}`[];
const everybody: Allowed = ["desk:admin", "desk:engineer", "customer:admin", "customer:member"];

export const WHO_MAY = {
  inviteStaff: ["desk:admin"],
  inviteCustomer: ["desk:admin"],
  inviteMember: ["customer:admin"],
  readPeople: everybody,
  readCustomers: ["desk:admin", "desk:engineer"],
  openCase: ["customer:admin", "customer:member"],
  readCases: everybody,
  assignCase: ["desk:admin", "desk:engineer"],
  closeCase: everybody,
  uploadFile: ["customer:admin", "customer:member"],
  requestGrant: ["desk:admin", "desk:engineer"],
  releaseKey: everybody,
  readAccess: everybody,
} as const satisfies Record<string, Allowed>;

export type Action = keyof typeof WHO_MAY;

export function mayDo(action: Action, who: Principal): boolean {
  return (WHO_MAY[action] as Allowed).includes(`${who.orgKind}:${who.role}`);
}
