import type { OrgKind, Role } from "@breakwater/contract";
import { m } from "../../i18n/index.ts";

export function roleName(kind: OrgKind, role: Role): string {
  if (role === "engineer") return m.role_engineer();
  if (role === "member") return m.role_member();
  return kind === "desk" ? m.role_desk_admin() : m.role_customer_admin();
}
