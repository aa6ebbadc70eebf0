import type { OrderRequest, ReleaseRequest, Statement } from "@breakwater/seal";
import { fromBase64url, parseJson } from "@breakwater/wire";
import { Problem } from "./errors.ts";
import type { ReleaserClient } from "./releaser-client.ts";

export interface ReleaserLookups {
  /** Signing key of the releaser that an organisation's own settings name now. */
  ofOrg(org: string): Promise<string | undefined>;
  /** Who signed the releaser's key of a case. */
  ofCase(caseId: string): Promise<string | undefined>;
  /** What a releaser is pinned with. */
  desk(): Promise<{ readonly statements: readonly Statement[]; readonly fingerprint: string } | null>;
}

/**
 * Sends each case to the releaser that holds its key: the desk's, or one that its customer runs. The address is the
 * operator's word (BREAKWATER_RELEASERS); which releaser counts is the customer's, by its signed settings.
 */
export function createReleaserRouter(
  own: ReleaserClient,
  others: ReadonlyMap<string, ReleaserClient>,
  { ofOrg, ofCase, desk }: ReleaserLookups,
): ReleaserClient {
  let ownKey: string | undefined;
  const clientOf = async (sign: string | undefined): Promise<ReleaserClient> => {
    if (sign === undefined) return own;
    const other = others.get(sign);
    if (other) return other;
    ownKey ??= (await own.identity()).sign;
    if (ownKey === sign) return own;
    throw new Problem(
      "releaser.unavailable",
      "This customer runs its own releaser, and the desk's operator has not entered its address.",
      { help: "Ask the desk's operator to add it (BREAKWATER_RELEASERS)." },
    );
  };
  return {
    ...own,
    async key(place) {
      const client = await clientOf(await ofOrg(place.org));
      const found = client === own ? null : await desk();
      // It was told by its operator which desk it serves; the desk's statements it gets from here.
      if (found) {
        const roots = found.statements.filter(({ body }) => body.t === "org.root" || body.t === "desk.keys");
        await client.pin(roots, found.fingerprint);
      }
      return client.key(place);
    },
    release: async (request) => (await clientOf(await ofCase(caseOfRelease(request)))).release(request),
    order: async (request) => (await clientOf(await ofCase(caseOf(request)))).order(request),
    // A customer's releaser that is down asks mayAct itself, on what each request brings.
    async standing(statements) {
      const told = [...others.values()].map((client) => client.standing(statements));
      await own.standing(statements);
      await Promise.allSettled(told);
    },
    isOwn: async (caseId) => (await clientOf(await ofCase(caseId))) === own,
  };
}

function caseOfRelease({ manifest, messages }: ReleaseRequest): string {
  return manifest?.manifest.case ?? messages?.[0]?.message.case ?? "";
}

function caseOf({ leaf }: OrderRequest): string {
  const value = parseJson(fromBase64url(leaf), "the order's entry", { maxBytes: 65_536, maxDepth: 8 });
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "";
  const { case: caseId } = value as { readonly case?: unknown };
  return typeof caseId === "string" ? caseId : "";
}
