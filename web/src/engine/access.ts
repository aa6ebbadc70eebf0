import {
  leafHash,
  makeCosignatureVerifier,
  makeVerifier,
  openCheckpoint,
  parseLeaf,
  verifyConsistency,
  verifyInclusion,
  type Leaf,
  type OpenedCheckpoint,
} from "@breakwater/ledger";
import { openText, verifyActor, type Trust } from "@breakwater/seal";
import { fromBase64url, toBase64, toBase64url, utf8Decode } from "@breakwater/wire";
import type { AccessJson, EngineMethods, StatementJson } from "./api.ts";
import type { AccessLine, AccessView, LineProof, ProofStep } from "./api-access.ts";
import { caseSecretKey } from "./cases.ts";
import { read, write } from "./database.ts";
import { EngineError, errorToJson } from "./error.ts";
import { statementOf } from "./json.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

/** A checkpoint of a log that this browser has verified: whatever comes later must contain it. */
interface Seen {
  readonly size: number;
  readonly root: string;
}
/** Answers overtake each other, so a few are kept: an answer is held against the checkpoint that its request named. */
const MAX_SEEN = 32;

export async function seenSize(session: Session, org: string): Promise<number | undefined> {
  return (await seenOf(session, org)).at(-1)?.size;
}

async function seenOf(session: Session, org: string): Promise<readonly Seen[]> {
  return (await read<readonly Seen[]>("seen", seenKey(session, org))) ?? [];
}

async function remember(session: Session, org: string, head: OpenedCheckpoint): Promise<void> {
  const key = seenKey(session, org);
  // Page and further windows of this browser write here too: the lock keeps one from undoing the other's.
  await navigator.locks.request(`breakwater-seen-${key}`, async () => {
    const all = (await read<readonly Seen[]>("seen", key)) ?? [];
    if (all.some(({ size }) => size === head.size)) return;
    const next = [...all, { size: head.size, root: toBase64url(head.root) }].sort(
      (one, other) => one.size - other.size,
    );
    await write("seen", key, next.slice(-MAX_SEEN));
  });
}

/** Another desk under the same address is another log, so the pin is part of the name. */
function seenKey(session: Session, org: string): string {
  return `${session.pins()[0] ?? ""} ${org}`;
}

interface Head extends OpenedCheckpoint {
  /** The size that this checkpoint was proven to contain. */
  readonly from: number | undefined;
}

/** Docs/protocol.md 9: the checkpoint, its past, and every line, each with its own outcome. */
export async function verifyAccess(session: Session, input: EngineMethods["verifyAccess"][0]): Promise<AccessView> {
  const { access, org } = input;
  const trust = await trustOf(session, access.statements);
  let head: Head | undefined;
  let problem: AccessView["problem"];
  try {
    const verified = await verifyHead(session, trust, input);
    if (input.whole) checkWhole(access.entries, verified.size, input.whole);
    head = verified;
  } catch (error) {
    problem = errorToJson(error);
  }
  const lines: AccessLine[] = [];
  for (const entry of access.entries)
    lines.push(await verifyLine(session, trust, org, entry, head, problem, input.keys));
  const failed = lines.filter(({ proof }) => !proof.ok).length;
  if (head && failed === 0 && input.from !== undefined) await remember(session, org, head);
  return {
    ok: problem === undefined && failed === 0,
    origin: access.origin,
    size: head?.size ?? 0,
    root: head ? toBase64(head.root) : "",
    cosigned: head?.cosignatures[0]?.time,
    checkpoint: access.checkpoint,
    lines,
    failed,
    problem,
    seenBefore: head?.from,
  };
}

async function verifyHead(
  session: Session,
  trust: Trust,
  { access, org, from }: EngineMethods["verifyAccess"][0],
): Promise<Head> {
  const origin = trust.origin(org);
  const log = origin === undefined ? undefined : trust.logVerifier(origin);
  if (log === undefined || trust.witness === undefined || origin !== access.origin) {
    throw new EngineError(
      "engine.log",
      `The server shows the log "${access.origin}", which is not the one that the desk's signed keys name for this organisation.`,
    );
  }
  const now = await openCheckpoint(access.checkpoint, await makeVerifier(log), [
    await makeCosignatureVerifier(trust.witness),
  ]);
  if (now.cosignatures.length === 0)
    throw new EngineError(
      "engine.witness",
      "The witness has not cosigned this checkpoint, so nobody but the server vouches for it.",
    );
  const seen = await seenOf(session, org);
  const same = seen.find(({ size }) => size === now.size);
  if (same && same.root !== toBase64url(now.root))
    throw new EngineError(
      "engine.forked",
      `This browser was shown another log of ${now.size} entries before. The server shows different people different logs.`,
    );
  const past = seen.find(({ size }) => size === from);
  if (past) checkPast(past, now, access.consistency);
  return { ...now, from: past?.size };
}

/** Every entry has its index, so an entry that is kept back leaves a gap, at the end of the answer as in its middle. */
function checkWhole(
  entries: AccessJson["entries"],
  size: number,
  { before = size, limit }: NonNullable<EngineMethods["verifyAccess"][0]["whole"]>,
): void {
  const end = Math.min(before, size);
  const missing = Array.from({ length: Math.min(limit, end) }, (_, i) => end - 1 - i).find(
    (index, i) => entries[i]?.index !== index,
  );
  if (missing !== undefined)
    throw new EngineError(
      "engine.omitted",
      `The server leaves out entry ${missing} of this log, which has ${size}. Something is being kept from you.`,
    );
}

/** The log may only grow: what this browser saw once must still be its beginning. */
function checkPast(past: Seen, now: OpenedCheckpoint, consistency: readonly string[] | null): void {
  if (past.size > now.size)
    throw new EngineError(
      "engine.rolledBack",
      `This browser has seen ${past.size} entries of this log, and the server now shows ${now.size}. Entries were taken away.`,
    );
  if (past.size === now.size) return;
  if (consistency === null)
    throw new EngineError(
      "engine.consistency",
      `The server does not prove that the log still begins with the ${past.size} entries that this browser has seen.`,
    );
  verifyConsistency({
    from: past.size,
    to: now.size,
    fromRoot: fromBase64url(past.root),
    toRoot: now.root,
    proof: consistency.map(fromBase64url),
  });
}

async function verifyLine(
  session: Session,
  trust: Trust,
  org: string,
  entry: AccessJson["entries"][number],
  head: Head | undefined,
  problem: AccessView["problem"],
  keys: readonly StatementJson[],
): Promise<AccessLine> {
  let bytes = new Uint8Array();
  let hash = "";
  let leaf: Leaf | undefined;
  let proof: LineProof;
  try {
    bytes = fromBase64url(entry.leaf);
    const hashed = leafHash(bytes);
    hash = toBase64(hashed);
    leaf = parseLeaf(bytes);
    if (!head) throw new EngineError("engine.checkpoint", problem?.message ?? "The checkpoint does not hold.");
    if (leaf.org !== org) throw new EngineError("engine.log", "This entry is of another organisation's log.");
    verifyInclusion({
      index: entry.index,
      size: head.size,
      leafHash: hashed,
      root: head.root,
      proof: entry.inclusion.map(fromBase64url),
    });
    proof = { ok: true, steps: await stepsOf(trust, leaf, entry.index, head) };
  } catch (error) {
    proof = { ok: false, ...errorToJson(error) };
  }
  return {
    ...(await describe(session, trust, leaf, keys)),
    index: entry.index,
    raw: rawText(bytes),
    leafHash: hash,
    inclusion: entry.inclusion,
    proof,
  };
}

async function stepsOf(trust: Trust, leaf: Leaf, index: number, head: Head): Promise<ProofStep[]> {
  const steps: ProofStep[] = [
    { step: "inclusion", detail: { index, size: head.size } },
    { step: "log", detail: { origin: head.origin, size: head.size } },
    { step: "witness", detail: { time: head.cosignatures[0]?.time ?? 0 } },
  ];
  if (head.from !== undefined) steps.push({ step: "consistency", detail: { size: head.from } });
  if (leaf.asig !== undefined) {
    const { person, device } = await verifyActor(leaf, trust);
    steps.push({ step: "actor", detail: { name: person.name, device: device.dev } });
  }
  return steps;
}

async function describe(
  session: Session,
  trust: Trust,
  leaf: Leaf | undefined,
  keys: readonly StatementJson[],
): Promise<Omit<AccessLine, "index" | "raw" | "leafHash" | "inclusion" | "proof">> {
  const person = leaf && trust.person(leaf.actor.id);
  return {
    type: leaf?.t ?? "",
    ts: leaf?.ts ?? "",
    at: leaf?.at,
    actor: {
      id: leaf?.actor.id ?? "",
      kind: leaf?.actor.kind ?? "",
      name: person?.name ?? "",
      org: person ? (trust.org(person.org)?.name ?? person.org) : "",
      known: person !== undefined,
    },
    case: leaf?.case,
    file: leaf?.file,
    parts: leaf?.parts ?? [],
    why: leaf?.why,
    text: leaf && (await reasonText(session, leaf, keys)),
    decision: leaf?.pol?.dec,
  };
}

/** The reason in words, where this reader holds the case's key. That it cannot be read says nothing against the proof. */
async function reasonText(session: Session, leaf: Leaf, keys: readonly StatementJson[]): Promise<string | undefined> {
  const { x } = leaf;
  if (!x || leaf.case === undefined) return undefined;
  try {
    const bodies = keys.flatMap((one) => statementOf("case.key", one)?.body ?? []);
    const next = (epoch: number) => bodies.find((body) => body.case === leaf.case && body.epoch === epoch);
    const key = bodies.find((body) => `${body.case}#${body.epoch}` === x.to);
    if (!key) return undefined;
    return await openText(
      "why",
      x,
      { org: leaf.org, case: leaf.case, file: leaf.file },
      await caseSecretKey(session, key, next),
    );
  } catch {
    return undefined;
  }
}

function rawText(bytes: Uint8Array): string {
  try {
    return utf8Decode(bytes);
  } catch {
    return toBase64(bytes);
  }
}
