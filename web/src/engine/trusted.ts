import { fingerprintWords, openTrust, type Trust } from "@breakwater/seal";
import type { StatementJson, TrustView } from "./api.ts";
import type { Session } from "./session.ts";

let last: { readonly text: string; readonly trust: Promise<Trust> } | undefined;

/** What the statements prove from this person's pins. The last answer is kept: one page asks about the same heap many times. */
export function trustOf(session: Session, statements: readonly StatementJson[]): Promise<Trust> {
  const pins = session.pins();
  const text = JSON.stringify([pins, statements]);
  if (last?.text === text) return last.trust;
  const trust = openTrust(statements, pins, Date.now());
  last = { text, trust };
  return trust;
}

export function viewTrust(trust: Trust): TrustView {
  const { desk } = trust;
  return {
    desk: { org: desk.id, name: desk.name, fingerprint: desk.fingerprint, words: fingerprintWords(desk.fingerprint) },
    orgs: trust.orgs.map((org) => ({
      org: org.id,
      kind: org.kind,
      name: org.name,
      words: fingerprintWords(org.fingerprint),
    })),
    people: trust.orgs.flatMap((org) =>
      trust.people(org.id).map(({ user, role, name }) => ({ user, org: org.id, role, name })),
    ),
  };
}
