import { LedgerError, parseLeaf, type Leaf } from "@breakwater/ledger";
import { SealError, verifyAct, type PublicJwk, type SignedAct } from "@breakwater/seal";
import { canonicalize, CodedError, utf8 } from "@breakwater/wire";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { ActExpectation } from "./face.ts";
import { kindOf } from "./guard.ts";

/** The releaser allows no more either (docs/protocol.md section 8). */
const FRESH_MS = 60_000;
const SERVER_MEMBERS = ["ts", "ses", "net", "pol"];

export interface Actor {
  readonly id: string;
  readonly kind: "staff" | "customer";
  readonly dev: string;
  readonly jwk: PublicJwk;
}

/** Reads an act into a checked value: it says what the request is about, is fresh, and is signed by the actor's device. */
export async function readAct(act: unknown, expected: ActExpectation, actor: Actor, now: number): Promise<SignedAct> {
  const read = parseAct(act, now);
  const { at, asig } = read;
  if (
    read.t !== expected.t ||
    read.org !== expected.org ||
    read.case !== expected.case ||
    read.file !== expected.file
  ) {
    throw invalid(`The act is not the ${expected.t} that this request is about.`);
  }
  if (read.actor.id !== actor.id || read.actor.kind !== actor.kind || read.actor.dev !== actor.dev) {
    throw invalid("The act is not by the person and device of this session.");
  }
  if (at === undefined || asig === undefined || Math.abs(Date.parse(at) - now) > FRESH_MS) {
    throw new Problem("act.invalid", "The act was not signed within the last minute.", {
      help: "Check this device's clock and try again.",
    });
  }
  const signed = { ...read, asig };
  try {
    await verifyAct(signed, actor.jwk);
  } catch (cause) {
    if (cause instanceof SealError) throw invalid(cause.message, cause);
    throw cause;
  }
  return signed;
}

/** By the strict reader of leaves, over the act with what the server will add. */
function parseAct(act: unknown, now: number): Omit<Leaf, "ts" | "pol"> {
  if (typeof act !== "object" || act === null || SERVER_MEMBERS.some((name) => Object.hasOwn(act, name))) {
    throw invalid("The act holds members that only the server writes, or is no object.");
  }
  const pol = { set: `sha256:${"A".repeat(43)}`, ids: [], dec: "allow" };
  try {
    // canonicalize refuses at run time what is not JSON.
    const leaf = parseLeaf(utf8(canonicalize({ ...act, ts: new Date(now).toISOString(), pol })));
    const { ts: _ts, pol: _pol, ...draft } = leaf;
    return draft;
  } catch (cause) {
    if (cause instanceof LedgerError || cause instanceof CodedError) throw invalid(cause.message, cause);
    throw cause;
  }
}

function invalid(message: string, cause?: unknown): Problem {
  return new Problem("act.invalid", message, cause === undefined ? {} : { cause });
}

/** For whoever is signed in: by the device that the session belongs to. */
export function checkAct(session: Session, act: unknown, expected: ActExpectation, now: number): Promise<SignedAct> {
  if (session.device === null)
    throw new Problem("act.invalid", "This device is not enrolled yet.", { help: "Unlock your keys on it first." });
  return readAct(
    act,
    expected,
    { id: session.user, kind: kindOf(session.orgKind), dev: session.device.dev, jwk: session.device.jwk },
    now,
  );
}
