import type { Standing, Statement, StatementBody, StatementType, Trust, SignedAct } from "@breakwater/seal";
import type { LeafType } from "@breakwater/ledger";
import type { Tx } from "@breakwater/sql";
import type { OrgKind, Role } from "@breakwater/contract";
import type { App, Guard, Session } from "../../session.ts";

export type { AuthMethod } from "./tables.ts";

export interface PersonFacts {
  readonly user: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly org: string;
  readonly orgKind: OrgKind;
  readonly standing: Standing;
  readonly suspended: boolean;
  /** The outsourced company whose person this is. */
  readonly vendor: string | null;
  readonly created: Date;
}
export interface OrgFacts {
  readonly org: string;
  readonly kind: OrgKind;
  readonly name: string;
  readonly created: Date;
}

/** What an act must say, besides being signed by the session's device within a minute of the server's clock. */
export interface ActExpectation {
  readonly t: LeafType;
  readonly org: string;
  readonly case?: string;
  readonly file?: string;
}

/** What the modules above use of accounts. */
export interface Accounts {
  readonly guard: Guard;
  /**
   * For whatever an administrator changes, a person approves or opens: throws verify.needed unless the person showed within
   * five minutes that it is they. The page answers it with a dialog (web: `withFresh`) and asks again.
   */
  requireFresh(session: Session): void;
  /** Whether a session that began a long answer still lasts. Asking does not prolong it. */
  alive(session: Session): Promise<boolean>;
  /** The one desk, or null before the first administrator enrolled. `fingerprint` is its root's. */
  desk(): Promise<{
    readonly org: string;
    readonly name: string;
    readonly fingerprint: string;
    readonly statements: readonly Statement[];
  } | null>;
  org(org: string): Promise<OrgFacts | null>;
  person(user: string): Promise<PersonFacts | null>;
  /** Organisations and people whose name holds the text. */
  findNames(text: string): Promise<{ readonly orgs: readonly string[]; readonly users: readonly string[] }>;
  peopleOf(users: readonly string[]): Promise<readonly PersonFacts[]>;
  /**
   * Reads an act that this session sends: its shape, its clock, actor and device, that it names what `expected` says, and its
   * signature. Throws act.invalid. What is returned goes into the ledger as it is.
   */
  checkAct(session: Session, act: unknown, expected: ActExpectation): Promise<SignedAct>;
  /** Reads a statement's shape; throws statement.untrusted. Whether it chains is `trust`'s to say. */
  readStatement<T extends StatementType>(t: T, value: unknown): Statement<Extract<StatementBody, { t: T }>>;
  /** Stores a statement that the caller found to chain. The same one twice is stored once. */
  putStatement(tx: Tx, statement: Statement): Promise<void>;
  /** What a reader gets: their own organisation's and the desk's, with those of the named case, if any. */
  statementsFor(session: Session, caseId?: string): Promise<readonly Statement[]>;
  /** What the desk and one organisation said: enough for a releaser to check who somebody is. */
  statementsOf(org: string): Promise<readonly Statement[]>;
  /** The case.key and releaser.key statements of many cases. */
  caseStatements(cases: readonly string[]): Promise<readonly Statement[]>;
  /** The server's own openTrust over everything of the desk, one organisation and what is about to be stored, pinned to the desk's root. */
  trust(org: string, more?: readonly Statement[]): Promise<Trust>;
  /** The key ids that a case's key is to be sealed to: the first team of each side, and the one that works on it. */
  teamsOfCase(trust: Trust, org: string, working: string | null): readonly string[];
  /** Teams of this organisation that somebody is still in who was removed for good. */
  teamsToRotate(session: Session): Promise<{ readonly team: string; readonly remove: string[] }[]>;
  /** Takes an organisation's standings and settings to the releaser; false when it did not answer, and is told again. */
  tellReleaser(org: string): Promise<boolean>;
  routes(app: App): void;
  close(): Promise<void>;
}
