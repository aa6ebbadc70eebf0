import { canonicalize, domainHash, toBase64url, utf8 } from "@breakwater/wire";
import type { z } from "zod";
import type { CaseChanges } from "./schemas.ts";

/**
 * `what` of the act that changes a case (docs/protocol.md section 12): its fields in the order of their names. Tags are the
 * desk's own words and the log is the customer's too, so of them it holds the hash.
 */
export function whatOfChanges(changes: z.output<typeof CaseChanges>): string {
  return Object.entries(changes)
    .filter(([, value]) => value !== undefined)
    .map(([field, value]) => `${field}:${Array.isArray(value) ? tagsHash(value) : (value ?? "none")}`)
    .toSorted()
    .join(";");
}

function tagsHash(tags: readonly string[]): string {
  return toBase64url(domainHash("case-tags", utf8(canonicalize(tags.toSorted()))));
}
