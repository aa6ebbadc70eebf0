import { isId, type Json } from "@breakwater/wire";
import type { schemas } from "@breakwater/contract";
import {
  approvalHash,
  BREAK_GLASS,
  readApproval,
  SealError,
  verifyApproval,
  type Approval,
  type SignedAct,
  type SignedApproval,
} from "@breakwater/seal";
import { isDuplicate } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { GrantAction, OpeningRules } from "../policy/index.ts";
import { ask, fileFacts, findFile, refuseLogged, rulesOf, type Found } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { grantFacts, storedGrant } from "./grants.ts";
import {
  approvalsOf,
  insertApproval,
  lockGrant,
  markReviewed,
  markRevoked,
  readGrantRow,
  type ApprovalRecord,
  type GrantRecord,
} from "./grantstore.ts";

const FRESH_MS = 60_000;

interface FoundGrant {
  readonly row: GrantRecord;
  readonly found: Found;
  readonly approvals: readonly ApprovalRecord[];
  readonly rules: OpeningRules;
}

/** Somebody answers a grant that waits (docs/protocol.md section 11): by passkey, or by device where there is none. */
export async function decideGrant(
  deps: VaultDeps,
  session: Session,
  grant: string,
  input: z.output<typeof schemas.DecideGrant>,
): Promise<void> {
  const { sql, ledger, accounts, now } = deps;
  const on = await findGrant(deps, session, grant);
  const signed = readSigned(input.approval);
  const { approval } = signed;
  await checkApproval(deps, session, on, signed);
  const t = approval.dec === "allow" ? "grant.approve" : "grant.deny";
  const act = await accounts.checkAct(session, input.act, { t, ...placeOf(on.row) });
  if (act.grant !== grant || act.what !== approvalHash(approval))
    throw new Problem("act.invalid", "The act is about another approval than the one that was sent.");
  const pol = await permit(deps, session, on, t);
  try {
    await sql.transaction(async (tx) => {
      await insertApproval(tx, {
        grant_id: grant,
        user_id: session.user,
        dec: approval.dec,
        side: session.orgKind === "desk" ? "lead" : "customer",
        body: JSON.stringify(signed),
        x: textOf(act),
        created: new Date(now()),
      });
      await ledger.append(tx, { ...act, pol }, session.context);
    });
  } catch (error) {
    if (isDuplicate(error)) throw new Problem("request.conflict", "You have answered this request already.");
    throw error;
  }
}

/** One's own is given back, a lead and the customer take it away: from then on it opens nothing. */
export async function revokeGrant(deps: VaultDeps, session: Session, grant: string, sent: unknown): Promise<void> {
  await change(deps, session, {
    grant,
    t: "grant.revoke",
    sent,
    already: ({ revoked }) => revoked !== null,
    mark: markRevoked,
  });
}

/** Another administrator has looked at what was opened in an emergency. */
export async function reviewGrant(deps: VaultDeps, session: Session, grant: string, sent: unknown): Promise<void> {
  deps.accounts.requireFresh(session);
  await change(deps, session, {
    grant,
    t: "grant.review",
    sent,
    already: ({ reviewed }) => reviewed !== null,
    mark: markReviewed,
  });
}

interface Change {
  readonly grant: string;
  readonly t: "grant.revoke" | "grant.review";
  readonly sent: unknown;
  readonly already: (row: GrantRecord) => boolean;
  readonly mark: typeof markRevoked;
}

async function change(deps: VaultDeps, session: Session, { grant, t, sent, already, mark }: Change): Promise<void> {
  const { sql, ledger, accounts, now } = deps;
  const on = await findGrant(deps, session, grant);
  if (t === "grant.review" && on.row.purpose !== BREAK_GLASS)
    throw new Problem("grant.invalid", "Only what was opened in an emergency is reviewed.");
  const act = await accounts.checkAct(session, sent, { t, ...placeOf(on.row) });
  if (act.grant !== grant) throw new Problem("act.invalid", "The act is about another grant than the address.");
  const pol = await permit(deps, session, on, t);
  await sql.transaction(async (tx) => {
    const locked = await lockGrant(tx, grant);
    if (locked === undefined || already(locked)) return;
    await mark(tx, grant, session.user, new Date(now()));
    await ledger.append(tx, { ...act, pol }, session.context);
  });
}

async function findGrant(deps: VaultDeps, session: Session, grant: string): Promise<FoundGrant> {
  const row = isId("grant", grant) ? await readGrantRow(deps.sql.db, grant) : undefined;
  if (row === undefined) throw noSuchGrant();
  const found = await findFile(deps, session, row.file_id).catch((error: unknown) => {
    throw error instanceof Problem && error.code === "request.notFound" ? noSuchGrant() : error;
  });
  const approvals = (await approvalsOf(deps.sql.db, [grant])).get(grant) ?? [];
  return { row, found, approvals, rules: await rulesOf(deps, row.org) };
}

/** Asks the rules, and records a no. */
async function permit(
  deps: VaultDeps,
  session: Session,
  { row, found, approvals, rules }: FoundGrant,
  action: GrantAction,
) {
  const grant = grantFacts(storedGrant(row).grant, row, approvals);
  const decision = ask(deps, session, { action, file: fileFacts(found, rules), grant });
  await refuseLogged(deps, session, found, { decision, what: action, members: { grant: row.grant_id } });
  return decision.pol;
}

async function checkApproval(deps: VaultDeps, session: Session, on: FoundGrant, signed: SignedApproval): Promise<void> {
  const { accounts, now } = deps;
  const { approval } = signed;
  if (approval.by !== session.user || approval.grant !== on.row.hash)
    throw invalid("The approval is by somebody else, or for another grant.");
  if (Math.abs(Date.parse(approval.at) - now()) > FRESH_MS)
    throw invalid("The approval was not signed within the last minute. Check this device's clock.");
  if (!("assertion" in signed)) {
    if (session.orgKind === "desk") throw invalid("The desk's people approve with a passkey.");
    if (signed.dev !== session.device?.dev) throw invalid("The approval is not signed by this session's device.");
    // A device signs without asking anybody: the person shows that it is they.
    accounts.requireFresh(session);
  }
  const trust = await accounts.trust(on.row.org);
  try {
    await verifyApproval(signed, trust);
  } catch (cause) {
    if (cause instanceof SealError) throw invalid(cause.message, cause);
    throw cause;
  }
}

function placeOf({ org, case_id, file_id }: GrantRecord) {
  return { org, case: case_id, file: file_id };
}

function textOf({ x }: SignedAct): string | null {
  return x === undefined ? null : JSON.stringify(x);
}

function readSigned(value: unknown): SignedApproval {
  try {
    return readApproval(value as Json);
  } catch (cause) {
    if (cause instanceof SealError) throw invalid(cause.message, cause);
    throw cause;
  }
}

/** The stored text of an approval, which was checked before it was stored. */
export function storedApproval({ body }: ApprovalRecord): Approval {
  return readSigned(JSON.parse(body)).approval;
}

function invalid(message: string, cause?: unknown): Problem {
  return new Problem("grant.invalid", message, cause === undefined ? {} : { cause });
}

function noSuchGrant(): Problem {
  return new Problem("request.notFound", "There is no such grant.");
}
