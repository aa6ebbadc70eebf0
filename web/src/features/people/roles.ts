import { ROLES_OF, type OrgKind, type Role } from "@breakwater/contract";
import { m } from "../../i18n/index.ts";

/** What a role may, in a sentence. */
export const ROLE_DETAILS: Readonly<Partial<Record<`${OrgKind}:${Role}`, () => string>>> = {
  "desk:admin": m.role_desk_admin_detail,
  "desk:lead": m.people_role_lead_detail,
  "desk:engineer": m.role_engineer_detail,
  "desk:manager": m.people_role_manager_detail,
  "desk:auditor": m.people_role_auditor_detail,
  "customer:admin": m.role_customer_admin_detail,
  "customer:member": m.role_member_detail,
  "customer:auditor": m.people_role_auditor_detail,
};

/** A vendor's people are its engineers and managers; the desk's own are never managers. */
export function rolesToGive(kind: OrgKind, ofVendor: boolean): readonly Role[] {
  return ofVendor ? ["engineer", "manager"] : ROLES_OF[kind].filter((role) => role !== "manager");
}
