import { schemas } from "@breakwater/contract";
import { z } from "zod";
import type { GrantRow } from "../../api/index.ts";
import type { PartRole } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";

const Signed = z.object({
  grant: z.object({
    parts: z.array(z.enum(schemas.PART_ROLES)),
    purpose: z.enum(schemas.PURPOSES),
    nbf: z.string(),
    exp: z.string(),
    max: z.number(),
  }),
});
export type GrantFacts = z.output<typeof Signed>["grant"];

/** What the grantee signed, out of the row: what is shown is what is approved. */
export function factsOf(row: GrantRow): GrantFacts {
  return Signed.parse(row.grant).grant;
}

export function partName(role: PartRole): string {
  return {
    index: m.grant_part_index,
    headers: m.grant_part_headers,
    requestBodies: m.grant_part_request_bodies,
    responseBodies: m.grant_part_response_bodies,
    text: m.grant_part_text,
    raw: m.grant_part_raw,
  }[role]();
}
