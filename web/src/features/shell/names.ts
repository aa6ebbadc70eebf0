import type { OrgKind, Role } from "@breakwater/contract";
import { m } from "../../i18n/index.ts";

export function roleName(kind: OrgKind, role: Role): string {
  if (role === "engineer") return m.role_engineer();
  if (role === "member") return m.role_member();
  if (role === "lead") return m.people_role_lead();
  if (role === "manager") return m.people_role_manager();
  if (role === "auditor") return m.people_role_auditor();
  return kind === "desk" ? m.role_desk_admin() : m.role_customer_admin();
}
