import type { OrgRootBody, PersonRole, Standing } from "./bodies.ts";
import { fingerprint } from "./fingerprint.ts";
import { unambiguous, type Entry, type Heap } from "./heap.ts";
import type { History } from "./history.ts";

export interface Org {
  readonly id: string;
  readonly kind: "desk" | "customer";
  readonly name: string;
  /** The signing root, Ed25519, base64url. */
  readonly key: string;
  readonly fingerprint: string;
}
export interface Person {
  readonly user: string;
  readonly org: string;
  readonly role: PersonRole;
  readonly name: string;
  readonly hpke: string;
  readonly sign: string;
  readonly vendor?: string;
  /** Their own; whether they may act, `mayAct` says, which also looks at their vendor. */
  readonly standing: Standing;
}
/** Who chains to a pinned root. Grows round by round; what is in it is trusted. */
export interface People {
  readonly desk: Org;
  readonly orgs: Map<string, Org>;
  readonly persons: Map<string, Person>;
  readonly bySign: Map<string, Person[]>;
}
/** The pinned root, if it signed itself and says one thing only about what it is. */
export function pinnedRoot(heap: Heap, pin: string, kind: Org["kind"]): Org | undefined {
  const own = heap["org.root"].filter(
    (root) => selfSigned(root) && root.body.kind === kind && fingerprint(root.body.key) === pin,
  );
  const root = unambiguous(own, () => pin).get(pin);
  return root && toOrg(root.body);
}

/** Signed by the organisation's root, or by one of its administrators while they were one and active. */
export function authority(
  signers: ReadonlySet<string>,
  org: Org,
  people: People,
  history: History,
  at: string,
): boolean {
  if (signers.has(org.key)) return true;
  for (const signer of signers) {
    for (const person of people.bySign.get(signer) ?? []) {
      if (person.org === org.id && history.role(person, at) === "admin" && history.active(person, at)) return true;
    }
  }
  return false;
}

const ROLES_OF: Readonly<Record<Org["kind"], readonly PersonRole[]>> = {
  desk: ["admin", "lead", "engineer", "manager", "auditor"],
  customer: ["admin", "member", "auditor"],
};

/** Only the desk has vendors; a vendor's people are its managers and engineers, and nobody else is a manager. */
export function fitsRole({ kind }: Pick<Org, "kind">, role: PersonRole, vendor: string | undefined): boolean {
  if (vendor === undefined) return role !== "manager" && ROLES_OF[kind].includes(role);
  return kind === "desk" && (role === "manager" || role === "engineer");
}

export function selfSigned(root: Entry<OrgRootBody>): boolean {
  return root.signers.has(root.body.key);
}

export function toOrg(body: OrgRootBody): Org {
  return { id: body.org, kind: body.kind, name: body.name, key: body.key, fingerprint: fingerprint(body.key) };
}
