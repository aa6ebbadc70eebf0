import { isErrorCode, type schemas } from "@breakwater/contract";
import { formatProof } from "@breakwater/ledger";
import {
  parseManifest,
  readApproval,
  recipientHash,
  type ReleaseAnswer,
  type ReleaseRequest,
  type SignedAct,
  type SignedGrant,
  type Statement,
} from "@breakwater/seal";
import { CodedError, fromBase64url, isId, toBase64url, type Json } from "@breakwater/wire";
import type { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { Decision } from "../policy/index.ts";
import type { AppendedLeaf, Proven } from "../ledger/index.ts";
import {
  ask,
  checkThere,
  fileFacts,
  findFile,
  noSuchFile,
  refuseLogged,
  rulesOf,
  statementsOf,
  type Found,
} from "./access.ts";
import { grantFacts, storedGrant } from "./grants.ts";
import type { VaultDeps } from "./face.ts";
import { approvalsOf, readGrantRow, type ApprovalRecord, type GrantRecord } from "./grantstore.ts";
import { membersOf, type Opening } from "./opening.ts";
import { messagesOpening } from "./reading.ts";

type ReleaseAsk = z.output<typeof schemas.ReleaseAsk>;
type Release = z.output<typeof schemas.Release>;

/** Sizes of the logs that the releaser has seen, as far as we know: a guess that saves a question. */
export class SeenSizes {
  readonly #sizes = new Map<string, number>();
  get(log: string): number {
    return this.#sizes.get(log) ?? 0;
  }
  set(log: string, size: number): void {
    this.#sizes.set(log, size);
  }
}

interface Asking {
  readonly found: Found;
  readonly act: SignedAct;
  readonly rpk: string;
  readonly grant: Granted | undefined;
}
interface Granted {
  readonly signed: SignedGrant;
  readonly row: GrantRecord;
  readonly approvals: readonly ApprovalRecord[];
}

/**
 * The server's half of the choke point (docs/protocol.md section 8, steps 2 to 6): policy, leaf, checkpoint, releaser. Each
 * step needs the one before. When log or releaser do not answer, nothing is handed out; a leaf that is there by then says
 * more than happened, never less.
 */
export async function release(deps: VaultDeps, seen: SeenSizes, session: Session, input: ReleaseAsk): Promise<Release> {
  const { opening, decision } =
    input.messages === undefined
      ? await fileOpening(deps, session, input)
      : await messagesOpening(deps, session, { ...input, messages: input.messages });
  const leaf = await deps.sql.transaction((tx) =>
    deps.ledger.append(tx, { ...opening.act, pol: decision.pol }, session.context),
  );
  const { answer, proven } = await askReleaser(deps, seen, session, opening, leaf);
  return {
    leaf: toBase64url(leaf.entry),
    proof: formatProof({ index: leaf.index, proof: proven.inclusion, checkpoint: answer.checkpoint }),
    shares: answer.shares.map((share) => ({ ...share })),
    sig: answer.sig,
  };
}

async function fileOpening(
  deps: VaultDeps,
  session: Session,
  input: ReleaseAsk,
): Promise<{ readonly opening: Opening; readonly decision: Decision }> {
  const asking = await readAsk(deps, session, input);
  const { found, act, rpk, grant } = asking;
  const { org, case_id, file_id, manifest } = found.file;
  const decision = await decide(deps, session, asking);
  const request = { manifest: parseManifest(manifest ?? ""), ...granting(grant) };
  return { opening: { place: { org, case_id, file_id }, act, rpk, request }, decision };
}

async function readAsk(
  deps: VaultDeps,
  session: Session,
  { act: sent, rpk, grant: sentGrant }: ReleaseAsk,
): Promise<Asking> {
  const { accounts, sql } = deps;
  const { file: fileId } = sent;
  if (typeof fileId !== "string" || !isId("file", fileId)) throw new Problem("act.invalid", "The act names no file.");
  const found = await findFile(deps, session, fileId);
  const { file } = found;
  checkThere(found);
  if (file.manifest === null) throw noSuchFile();
  const act = await accounts.checkAct(session, sent, {
    t: "key.release",
    org: file.org,
    case: file.case_id,
    file: fileId,
  });
  if (act.rpk !== recipientHash(fromBase64url(rpk)))
    throw new Problem("act.invalid", "The act names another key than the one that was sent.");
  if (act.man !== file.man) throw new Problem("act.invalid", "The act names another manifest than the file's.");
  const row = act.grant === undefined ? undefined : await readGrantRow(sql.db, act.grant);
  if (row !== undefined && row.file_id !== fileId) throw new Problem("grant.invalid", "The grant is for another file.");
  if ((act.grant === undefined) !== (sentGrant === null))
    throw new Problem("grant.invalid", "The act and the request disagree about the grant.");
  return { found, act, rpk, grant: await grantOf(deps, row) };
}

async function grantOf({ sql }: VaultDeps, row: GrantRecord | undefined): Promise<Granted | undefined> {
  if (row === undefined) return undefined;
  const approvals = (await approvalsOf(sql.db, [row.grant_id])).get(row.grant_id) ?? [];
  return { signed: storedGrant(row), row, approvals };
}

async function decide(deps: VaultDeps, session: Session, { found, act, grant }: Asking) {
  const decision = ask(deps, session, {
    action: "key.release",
    file: fileFacts(found, await rulesOf(deps, found.file.org)),
    why: act.why ?? "",
    parts: act.parts ?? [],
    grant: grant && grantFacts(grant.signed.grant, grant.row, grant.approvals),
  });
  await refuseLogged(deps, session, found, { decision, what: "key.release", members: membersOf(act) });
  return decision;
}

/** The releaser may have seen another size of the log than we think, also since we asked: it says which, and is asked again. */
async function askReleaser(
  deps: VaultDeps,
  seen: SeenSizes,
  session: Session,
  opening: Opening,
  leaf: AppendedLeaf,
): Promise<{ answer: ReleaseAnswer; proven: Proven }> {
  const { ledger, releaser } = deps;
  const { log, index } = leaf;
  const statements = relevant(await statementsOf(deps, session, opening.place));
  const own = await releaser.isOwn(opening.place.case_id);
  for (let attempt = 0; ; attempt++) {
    // A customer's releaser adds its cosignature to the desk's witness's.
    const proven = await ledger.prove(log, index, own ? undefined : await ledger.cosigned(log));
    const { checkpoint } = proven;
    const old = Math.min(seen.get(log), checkpoint.size);
    const { proof: consistency } = await ledger.consistency(log, old, checkpoint);
    try {
      const answer = await releaser.release({
        leaf: toBase64url(leaf.entry),
        proof: formatProof({ index, proof: proven.inclusion, checkpoint: checkpoint.note }),
        old,
        consistency: consistency.map(toBase64url),
        rpk: opening.rpk,
        statements,
        ...opening.request,
      });
      seen.set(log, checkpoint.size);
      return { answer, proven };
    } catch (error) {
      const size = behind(error);
      if (size === undefined || attempt === MOST_ATTEMPTS) throw await refusal(deps, error, opening, leaf);
      seen.set(log, size);
    }
  }
}
const MOST_ATTEMPTS = 8;

/** The releaser verifies the approvals itself; a denial is no approval, and ends here already. */
function granting(grant: Granted | undefined): Pick<ReleaseRequest, "grant" | "approvals"> {
  if (grant === undefined) return {};
  const allowed = grant.approvals.filter(({ dec }) => dec === "allow");
  return { grant: grant.signed, approvals: allowed.map(({ body }) => readApproval(JSON.parse(body) as Json)) };
}

function behind(error: unknown): number | undefined {
  if (!(error instanceof CodedError) || error.code !== "release.behind" || !("size" in error)) return undefined;
  return typeof error.size === "number" ? error.size : undefined;
}

/** What the releaser refused is recorded like what we refuse ourselves: the leaf names its code. */
async function refusal(
  { sql, ledger }: VaultDeps,
  error: unknown,
  { place, act }: Opening,
  leaf: AppendedLeaf,
): Promise<unknown> {
  if (!(error instanceof CodedError) || error instanceof Problem || isErrorCode(error.code)) return error;
  const { org, case_id, file_id } = place;
  const { index } = await sql.transaction((tx) =>
    ledger.append(tx, {
      ...membersOf(act),
      v: 1,
      t: "key.deny",
      org,
      case: case_id,
      ...(file_id === undefined ? {} : { file: file_id }),
      actor: { id: "releaser", kind: "releaser" },
      what: `${error.code} #${leaf.index}`,
    }),
  );
  const code = error.code === "release.grantSpent" ? "grant.spent" : "releaser.refused";
  return new Problem(code, error.message, { leaf: index, cause: error });
}

/** The releaser knows its own keys, and needs no teams or case keys. */
function relevant(statements: readonly Statement[]): Json[] {
  const chain = statements.filter(
    ({ body }) => body.t !== "team" && body.t !== "case.key" && body.t !== "releaser.key",
  );
  return chain.map((statement) => statementAnswer(statement) as Json);
}
