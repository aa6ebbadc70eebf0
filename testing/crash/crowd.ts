import { randomInt } from "node:crypto";
import { path } from "@breakwater/contract";
import { HAR_ROLES, type HarRole, type Receipt, type SignedGrant, type SignedManifest } from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import {
  randomParts,
  Refused,
  type DeskClient,
  type CaseRow,
  type Plain,
  type SealedFile,
} from "../src/desk-client.ts";
import type { Gate } from "./gate.ts";

export interface KeptFile {
  readonly case: CaseRow;
  readonly signed: SignedManifest;
  readonly plain: Plain;
  readonly receipt: Receipt;
}
export interface KeptRelease {
  readonly org: string;
  readonly index: number;
  /** The leaf's hash, base64url. */
  readonly leaf: string;
  readonly grant: string | null;
}

/** Everything that the server acknowledged: what it must never lose. */
export class Acknowledged {
  readonly cases: CaseRow[] = [];
  readonly files: KeptFile[] = [];
  readonly grants: { readonly by: DeskClient; readonly signed: SignedGrant }[] = [];
  readonly releases: KeptRelease[] = [];
  readonly offsets = new Map<string, number>();
  /** Announced, and not yet acknowledged as finished. */
  readonly unfinished = new Map<string, SealedFile>();
  resumed = 0;
  /** What should not have happened, as sentences. */
  readonly faults: string[] = [];
}

/** The releaser allows 300 openings per person and hour. */
const MOST_OPENINGS = 280;

/** Sends slowly, so that a PATCH has a middle. */
async function slowPatch({ browser }: DeskClient, part: string, offset: number, bytes: Uint8Array): Promise<number> {
  const address = path("upload", { part });
  const body = new ReadableStream<Uint8Array>({
    async start(controller) {
      for (let at = 0; at < bytes.length; at += 65_536) {
        controller.enqueue(bytes.slice(at, at + 65_536));
        await new Promise((done) => setTimeout(done, randomInt(5)));
      }
      controller.close();
    },
  });
  const headers = {
    "tus-resumable": "1.0.0",
    "content-type": "application/offset+octet-stream",
    "upload-offset": String(offset),
    cookie: browser.cookie ?? "",
    dpop: await browser.proof("PATCH", address),
  };
  const init: RequestInit & { readonly duplex: "half" } = { method: "PATCH", headers, body, duplex: "half" };
  const answer = await fetch(`${browser.target.url}${address}`, init);
  if (!answer.ok) throw new Refused(answer.status, await answer.text());
  return Number(answer.headers.get("upload-offset"));
}

/** A customer who opens a case and then uploads one file after the other to it, whatever happens to the server. */
export async function uploading(
  customer: DeskClient,
  known: Acknowledged,
  gate: Gate,
  isOver: () => boolean,
): Promise<void> {
  const row = await gate.insist(() => customer.openCase());
  known.cases.push(row);
  while (!isOver()) {
    const sizes = {
      index: 900,
      headers: randomInt(40_000),
      requestBodies: randomInt(200_000),
      responseBodies: randomInt(1_500_000),
    };
    const plain = randomParts(sizes);
    const sealed = await gate.insist(() => customer.seal(row.case, plain));
    await gate.insist(() => customer.announce(sealed));
    known.unfinished.set(sealed.manifest.manifest.file, sealed);
    for (const [part, bytes] of sealed.ciphertext) await sendPart(customer, part, bytes, known, gate);
    const receipt = await gate.insist(() => customer.finish(sealed));
    known.unfinished.delete(sealed.manifest.manifest.file);
    known.files.push({ case: row, signed: sealed.manifest, plain, receipt });
  }
}

async function sendPart(
  customer: DeskClient,
  part: string,
  bytes: Uint8Array,
  known: Acknowledged,
  gate: Gate,
): Promise<void> {
  let attempts = 0;
  for (;;) {
    const at = await gate.insist(() => customer.offset(part));
    const acknowledged = known.offsets.get(part) ?? 0;
    if (at < acknowledged)
      known.faults.push(`The part ${part} has ${at} bytes, and ${acknowledged} were acknowledged.`);
    if (attempts++ > 0 && at > 0 && at < bytes.length) known.resumed++;
    if (at >= bytes.length) return;
    const end = Math.min(bytes.length, at + 65_536 * (1 + randomInt(8)));
    await gate.pass();
    try {
      known.offsets.set(part, await slowPatch(customer, part, at, bytes.subarray(at, end)));
      attempts = 0;
    } catch (error) {
      // The next HEAD says what arrived. 409 and 423: the server has not noticed yet that the connection is gone.
      const isNews = error instanceof Refused && ![409, 423, 503].includes(error.status);
      if (isNews) throw error;
    }
  }
}

/** An engineer who takes cases and opens files again and again, each grant until it is spent. */
export async function opening(
  engineer: DeskClient,
  known: Acknowledged,
  gate: Gate,
  isOver: () => boolean,
): Promise<void> {
  const taken = new Set<string>();
  for (let openings = 0; !isOver() && openings < MOST_OPENINGS;) {
    const kept = known.files[randomInt(Math.max(1, known.files.length))];
    await gate.pass();
    if (!kept) {
      await new Promise((done) => setTimeout(done, 30));
      continue;
    }
    if (!taken.has(kept.case.case)) await gate.insist(() => engineer.take(kept.case));
    taken.add(kept.case.case);
    // A grant whose answer was lost is asked for again, as a new one.
    const signed = await gate.insist(() => engineer.grant(kept.signed, { max: 2 }));
    known.grants.push({ by: engineer, signed });
    for (let use = 0; use < 3; use++) {
      openings++;
      if ((await openOnce(engineer, kept, known, gate, signed)) === "grant.spent") break;
      if (use === 2) known.faults.push(`The grant ${signed.grant.id} allows 2 uses and gave 3.`);
    }
  }
  for (;;) {
    await gate.pass();
    if (isOver()) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** Opens one part, and keeps what came of it. A lost answer is not asked for again: a use of the grant may be gone. */
export async function openOnce(
  reader: DeskClient,
  { signed, plain }: KeptFile,
  known: Acknowledged,
  gate: Gate,
  grant: SignedGrant | null,
  roles: readonly HarRole[] = [HAR_ROLES[randomInt(HAR_ROLES.length)] ?? "index"],
): Promise<"opened" | "grant.spent"> {
  try {
    const { verified, opened } = await gate.insist(async () => {
      const { verified, plain: opened } = await reader.open(signed, roles, grant);
      return { verified, opened };
    });
    known.releases.push({
      org: signed.manifest.org,
      index: verified.index,
      leaf: toBase64url(verified.leafHash),
      grant: grant?.grant.id ?? null,
    });
    for (const role of roles) {
      if (!Buffer.from(opened.get(role) ?? []).equals(plain[role]))
        known.faults.push(`The part ${role} of ${signed.manifest.file} opened to other bytes.`);
    }
    return "opened";
  } catch (error) {
    if (error instanceof Refused && error.code === "grant.spent") return "grant.spent";
    throw error;
  }
}
