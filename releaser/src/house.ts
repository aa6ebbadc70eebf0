import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { makeCosigner, type Cosigner } from "@breakwater/ledger";
import { openTrust, type Trust } from "@breakwater/seal";
import { toHex, type Json } from "@breakwater/wire";
import { takeLock } from "./files.ts";
import { Journal, readJournal } from "./journal.ts";
import { openKeys, type Keys } from "./keys.ts";
import { loadPolicy, type Policy } from "./policy.ts";
import { State, type Limits } from "./state.ts";

/** A customer's own releaser is told by its operator whom it serves. */
export interface HousePins {
  readonly desk: string;
  readonly customer: string;
}
export interface HouseOptions {
  readonly directory: string;
  /** Where releaser.cedar and its schema are. */
  readonly policies: string;
  readonly limits: Limits;
  /** Undefined for the desk's own releaser. */
  readonly pins?: HousePins | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}
/** Everything that the releaser has. */
export interface House {
  readonly keys: Keys;
  readonly state: State;
  readonly journal: Journal;
  readonly policy: Policy;
  readonly cosigner: Cosigner;
  readonly pins: HousePins | undefined;
  readonly now: () => number;
  /**
   * Whether this releaser has heard every order since it started. A store that was restored from a copy may hold keys that
   * were destroyed since; it opens nothing until it was told, and a new store has nothing to be told.
   */
  settled: boolean;
  /** With every standing that the releaser was told of. */
  trustOf(statements: readonly Json[], desk: string): Promise<Trust>;
  close(): Promise<void>;
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const { directory, now } = options;
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const unlock = takeLock(join(directory, "lock"));
  try {
    const policy = loadPolicy(options.policies);
    const keys = await openKeys(directory);
    const path = join(directory, "journal.jsonl");
    const records = readJournal(path);
    const state = new State(records, options.limits);
    // A kill between the journal and the unlink leaves a key that is dead already.
    for (const caseId of state.orders.shreddedCases()) keys.destroy(caseId);
    const journal = await Journal.begin(path, () => state.records());
    // The witness's name is its own for ever: it comes from its signing key.
    const cosigner = await makeCosigner(
      `releaser.breakwater/${toHex(keys.sign.publicKey.subarray(0, 8))}`,
      keys.witness,
    );
    const close = async (): Promise<void> => {
      await journal.close();
      unlock();
    };
    return {
      keys,
      state,
      journal,
      policy,
      cosigner,
      pins: options.pins,
      now,
      settled: records.length === 0,
      trustOf: rememberTrust(state, now, options.pins),
      close,
    };
  } catch (error) {
    unlock();
    throw error;
  }
}

const REMEMBERED = 32;

/** Verifying a heap is hundreds of signatures, and the same heap comes with every opening of a case. */
function rememberTrust(state: State, now: () => number, pins: HousePins | undefined): House["trustOf"] {
  const customers = pins === undefined ? [] : [pins.customer];
  const known = new Map<string, Promise<Trust>>();
  return (statements, desk) => {
    const key = createHash("sha256")
      .update(JSON.stringify([desk, state.knownStandings, statements]))
      .digest("base64url");
    const found = known.get(key) ?? openTrust(statements, [desk, ...customers], now(), state.standings);
    known.delete(key);
    known.set(key, found);
    found.catch(() => known.delete(key));
    for (const oldest of known.keys()) {
      if (known.size <= REMEMBERED) break;
      known.delete(oldest);
    }
    return found;
  };
}
