import { SealError } from "./error.ts";
import { canonical } from "./json.ts";
import type { StatementBody, StatementType } from "./bodies.ts";
import { parseStatement, signersOf, type Statement } from "./statement.ts";

/** A statement that is well formed, with the keys whose signatures on it hold. Nothing here is trusted yet. */
export interface Entry<Body extends StatementBody = StatementBody> {
  readonly body: Body;
  readonly text: string;
  readonly signers: ReadonlySet<string>;
}
export type Heap = { readonly [T in StatementType]: readonly Entry<Extract<StatementBody, { t: T }>>[] };

export const MAX_STATEMENTS = 20_000;
/** How far a signer's clock may be ahead of ours before its statements wait. */
const CLOCK_SKEW_MS = 600_000;

/** Sorts a heap by type. What is malformed, unsigned or from the future is left out; the same body twice is one entry. */
export async function readHeap(statements: readonly unknown[], now: number): Promise<Heap> {
  if (statements.length > MAX_STATEMENTS) {
    throw new SealError(
      "trust.tooMany",
      `There are ${statements.length} statements; at most ${MAX_STATEMENTS} are read at once.`,
    );
  }
  const merged = new Map<string, Entry>();
  for (const entry of await Promise.all(statements.map((one) => readEntry(one, now)))) {
    if (!entry) continue;
    const before = merged.get(entry.text);
    merged.set(entry.text, before ? { ...entry, signers: new Set([...before.signers, ...entry.signers]) } : entry);
  }
  const entries = [...merged.values()];
  return {
    "org.root": ofType(entries, "org.root"),
    "desk.keys": ofType(entries, "desk.keys"),
    invite: ofType(entries, "invite"),
    bundle: ofType(entries, "bundle"),
    device: ofType(entries, "device"),
    team: ofType(entries, "team"),
    "case.key": ofType(entries, "case.key"),
    "releaser.key": ofType(entries, "releaser.key"),
    standing: ofType(entries, "standing"),
    role: ofType(entries, "role"),
    vendor: ofType(entries, "vendor"),
    service: ofType(entries, "service"),
    passkey: ofType(entries, "passkey"),
    settings: ofType(entries, "settings"),
  };
}

async function readEntry(value: unknown, now: number): Promise<Entry | null> {
  let statement: Statement;
  try {
    statement = parseStatement(value);
  } catch {
    return null;
  }
  if (Date.parse(statement.body.created) > now + CLOCK_SKEW_MS) return null;
  const signers = await signersOf(statement);
  return signers.size === 0 ? null : { body: statement.body, text: canonical(statement.body), signers };
}

function ofType<T extends StatementType>(
  entries: readonly Entry[],
  t: T,
): readonly Entry<Extract<StatementBody, { t: T }>>[] {
  return entries.filter((entry): entry is Entry<Extract<StatementBody, { t: T }>> => entry.body.t === t);
}

/**
 * One entry per name. Two different statements for one name would let whoever arranges the heap choose between them:
 * neither is taken.
 */
export function unambiguous<E extends Entry>(entries: readonly E[], nameOf: (entry: E) => string): Map<string, E> {
  const found = new Map<string, E>();
  const contested = new Set<string>();
  for (const entry of entries) {
    const name = nameOf(entry);
    if (found.has(name)) contested.add(name);
    else found.set(name, entry);
  }
  for (const name of contested) found.delete(name);
  return found;
}
