import { isFingerprint, parseStatement, type Statement, type Trust } from "@breakwater/seal";
import { isId, type Json, type JsonObject } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import type { House } from "./house.ts";
import type { CaseKeyPlace } from "./keys.ts";
import type { KeyRecord, PinRecord, SettingsRecord } from "./record.ts";

export interface IdentityAnswer {
  /** Ed25519, base64url. */
  readonly sign: string;
  /** The witness's vkey. */
  readonly witness: string;
  /** The fingerprint of the desk. */
  readonly pinned: string | null;
  readonly policies: string;
}

/**
 * The first desk whose root signed that this is its releaser is the only one, for ever: its root decides which log key,
 * people and devices count.
 */
export async function pin(value: Json, house: House): Promise<void> {
  const { desk, statements } = readPin(value);
  const known = house.state.pin;
  if (known) {
    if (known.desk === desk) return;
    throw new ReleaserError(
      "pin.other",
      "This releaser serves another desk. It serves one for ever; start a new one in an empty directory.",
    );
  }
  // Only what the log's key is read from is kept.
  const roots = statements.filter((one) => ["org.root", "desk.keys"].includes(typeOf(one)));
  const trust = await house.trustOf(roots, desk).catch((cause: unknown) => {
    throw new ReleaserError("pin.refused", "The desk's root is not among the statements.", { cause });
  });
  // A customer's own releaser was told its desk by its operator; the desk's root knows nothing of it.
  const own = house.pins !== undefined;
  if (own && house.pins?.desk !== desk)
    throw new ReleaserError("pin.refused", "This releaser serves a customer of another desk.");
  if (!own && (trust.releaser !== toText(house.keys.sign.publicKey) || trust.witness !== house.cosigner.vkey)) {
    throw new ReleaserError("pin.refused", "The desk's root did not sign that this is its releaser and witness.");
  }
  const record: PinRecord = { t: "pin", desk, statements: roots };
  if (house.state.pin) return pin(value, house);
  house.state.apply(record);
  await house.journal.append(record);
}

/**
 * Protocol 10: what the server was told of somebody's standing, at once and apart from any request. Whatever does not chain
 * is ignored; what counts is on the disk before the answer says how many are known.
 */
export async function noteStandings(value: Json, house: House): Promise<{ readonly known: number }> {
  const { pin } = house.state;
  if (!pin) throw new ReleaserError("pin.missing", "This releaser is not pinned to a desk yet, so it believes nobody.");
  const { statements } = object(value);
  if (!Array.isArray(statements)) throw new ReleaserError("request.invalid", "Expected { statements }.");
  const trust = await house.trustOf([...pin.statements, ...statements], pin.desk).catch((cause: unknown) => {
    throw new ReleaserError("request.invalid", "The statements cannot be read.", { cause });
  });
  const found = [...house.state.newStandings(trust.standings), ...newSettings(trust, house)];
  for (const record of found) house.state.apply(record);
  await Promise.all(found.map((record) => house.journal.append(record)));
  return { known: house.state.knownStandings };
}

/** What organisations say of openings, where it is newer than what is known. */
function newSettings(trust: Trust, house: House): readonly SettingsRecord[] {
  return trust.orgs.flatMap(({ id: org }) => {
    const said = trust.settings(org);
    // An organisation that says nothing has the desk's, which the desk says for itself.
    if (said?.org !== org || said.created <= (house.state.settings(org)?.created ?? "")) return [];
    const { created, approve, breakGlass } = said;
    return [{ t: "settings" as const, org, created, approve, breakGlass }];
  });
}

/** Makes a case's key once. A key that was destroyed is not made again: nobody could tell the two apart. */
export function caseKeys(house: House): (value: Json) => Promise<Statement> {
  const making = new Map<string, Promise<Statement>>();
  return (value) => {
    const place = readPlace(value);
    const running = making.get(place.case);
    if (running) return running.then((statement) => checkOrg(statement, place));
    const made = makeOnce(place, house);
    making.set(place.case, made);
    return made.finally(() => making.delete(place.case));
  };
}

async function makeOnce(place: CaseKeyPlace, house: House): Promise<Statement> {
  house.state.orders.checkThere({ case: place.case });
  const found = house.keys.statement(place.case);
  if (found) {
    checkOrg(found, place);
    if (!house.state.madeKey(place.case)) await recordKey(place, house);
    return found;
  }
  if (house.state.madeKey(place.case))
    throw new ReleaserError(
      "key.destroyed",
      `The releaser's key of ${place.case} was destroyed. The case's files can not be opened any more.`,
    );
  const made = await house.keys.make(place, new Date(house.now()).toISOString());
  await recordKey(place, house);
  return made;
}

async function recordKey(place: CaseKeyPlace, house: House): Promise<void> {
  const record: KeyRecord = { t: "key", org: place.org, case: place.case };
  house.state.apply(record);
  await house.journal.append(record);
}

function checkOrg(statement: Statement, place: CaseKeyPlace): Statement {
  if (statement.body.t === "releaser.key" && statement.body.org === place.org) return statement;
  throw new ReleaserError("key.unknown", `${place.case} is a case of another organisation.`);
}

function readPin(value: Json): { readonly desk: string; readonly statements: readonly Json[] } {
  const { desk, statements } = object(value);
  if (typeof desk !== "string" || !isFingerprint(desk) || !Array.isArray(statements) || statements.length > 64) {
    throw new ReleaserError(
      "request.invalid",
      "Expected { statements, desk }: at most 64 statements and the desk's fingerprint.",
    );
  }
  return { desk, statements };
}

function readPlace(value: Json): CaseKeyPlace {
  const { org, case: caseId } = object(value);
  if (typeof org !== "string" || !isId("org", org) || typeof caseId !== "string" || !isId("case", caseId)) {
    throw new ReleaserError("request.invalid", "Expected { org, case } with the ids of an organisation and a case.");
  }
  return { org, case: caseId };
}

function typeOf(statement: Json): string {
  try {
    return parseStatement(statement).body.t;
  } catch {
    return "";
  }
}

function object(value: Json): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new ReleaserError("request.invalid", "Expected a JSON object.");
}

function toText(key: Uint8Array): string {
  return Buffer.from(key).toString("base64url");
}
