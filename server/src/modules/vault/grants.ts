import type { schemas } from "@breakwater/contract";
import {
  BREAK_GLASS,
  grantHash,
  readGrant,
  SealError,
  verifyGrant,
  type Grant,
  type SignedGrant,
} from "@breakwater/seal";
import { isDuplicate } from "@breakwater/sql";
import type { Json } from "@breakwater/wire";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { GrantFacts } from "../policy/index.ts";
import { ask, checkThere, fileFacts, findFile, refuseLogged, rulesOf } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { insertGrant, readGrantRow, type ApprovalRecord, type GrantRecord } from "./grantstore.ts";

const FRESH_MS = 60_000;

/** An engineer asks for leave to open parts of one file, for a time and a reason, and the log says so (docs/protocol.md section 8). */
export async function requestGrant(
  deps: VaultDeps,
  session: Session,
  input: z.output<typeof schemas.NewGrant>,
): Promise<void> {
  const { sql, ledger, accounts, now } = deps;
  const signed = readSigned(input.grant);
  const { grant } = signed;
  const found = await findFile(deps, session, grant.file);
  checkThere(found);
  const { file } = found;
  await checkSigned(signed, session, now());
  if (grant.org !== file.org || grant.case !== file.case_id)
    throw new Problem("grant.invalid", "The grant names another case than the file's.");
  const place = { org: file.org, case: file.case_id, file: file.file_id };
  const act = await accounts.checkAct(session, input.act, {
    t: grant.purpose === BREAK_GLASS ? "grant.breakglass" : "grant.request",
    ...place,
  });
  const hash = grantHash(grant);
  const told = act.grant === grant.id && act.what === hash && act.parts?.join() === grant.parts.join();
  if (!told || (act.why !== undefined && act.why !== grant.purpose))
    throw new Problem("act.invalid", "The act is about another grant than the one that was sent.");
  const decision = ask(deps, session, {
    action: "grant.request",
    file: fileFacts(found, await rulesOf(deps, file.org)),
    grant: grantFacts(grant),
  });
  await refuseLogged(deps, session, found, {
    decision,
    what: "grant.request",
    members: { parts: grant.parts, grant: grant.id },
  });
  const known = await readGrantRow(sql.db, grant.id);
  if (known?.hash === hash) return;
  try {
    await sql.transaction(async (tx) => {
      await insertGrant(tx, {
        grant_id: grant.id,
        file_id: file.file_id,
        org: file.org,
        case_id: file.case_id,
        grantee: grant.grantee,
        purpose: grant.purpose,
        x: act.x === undefined ? null : JSON.stringify(act.x),
        body: JSON.stringify(signed),
        hash,
        exp: new Date(grant.exp),
        created: new Date(now()),
      });
      await ledger.append(tx, { ...act, pol: decision.pol }, session.context);
    });
  } catch (error) {
    if (isDuplicate(error)) throw new Problem("request.conflict", "There is a grant with this id already.");
    throw error;
  }
}

async function checkSigned(signed: SignedGrant, session: Session, now: number): Promise<void> {
  const { grant, dev } = signed;
  if (session.device === null || dev !== session.device.dev)
    throw new Problem("grant.invalid", "The grant is not signed by this session's device.");
  if (Math.abs(Date.parse(grant.at) - now) > FRESH_MS)
    throw new Problem("grant.invalid", "The grant was not signed within the last minute. Check this device's clock.");
  try {
    await verifyGrant(signed, session.device.jwk);
  } catch (cause) {
    if (cause instanceof SealError) throw new Problem("grant.invalid", cause.message, { cause });
    throw cause;
  }
}

/** A grant with what was answered to it; `row` is undefined while it is asked for. */
export function grantFacts(
  { grantee, purpose, parts, nbf, exp }: Grant,
  row?: GrantRecord,
  approvals: readonly ApprovalRecord[] = [],
): GrantFacts {
  const approved = (side: ApprovalRecord["side"]): string[] =>
    approvals.filter((one) => one.dec === "allow" && one.side === side).map(({ user_id }) => user_id);
  return {
    grantee,
    purpose,
    parts,
    nbf: Date.parse(nbf),
    exp: Date.parse(exp),
    leads: approved("lead"),
    customers: approved("customer"),
    denied: approvals.some(({ dec }) => dec === "deny"),
    revoked: row !== undefined && row.revoked !== null,
  };
}

/** A grant as it was stored: what the client sends again counts for nothing. */
export function storedGrant({ body }: GrantRecord): SignedGrant {
  return readSigned(JSON.parse(body));
}

function readSigned(value: unknown): SignedGrant {
  try {
    return readGrant(value as Json);
  } catch (cause) {
    if (cause instanceof SealError) throw new Problem("grant.invalid", cause.message, { cause });
    throw cause;
  }
}
