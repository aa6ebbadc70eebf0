import { makeReceipt, parseManifest, type Receipt } from "@breakwater/seal";
import type { Json } from "@breakwater/wire";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import { ask, fileFacts, findFile, refuseLogged, rulesOf, statementsOf } from "./access.ts";
import type { VaultDeps } from "./face.ts";

/** The customer's receipt of a sealed file (docs/protocol.md section 7). Throws log.unavailable when nobody cosigns. */
export async function receiptOf(deps: VaultDeps, session: Session, fileId: string): Promise<Receipt> {
  const { accounts, ledger } = deps;
  const found = await findFile(deps, session, fileId);
  await refuseLogged(deps, session, found, {
    decision: ask(deps, session, { action: "file.meta", file: fileFacts(found, await rulesOf(deps, found.file.org)) }),
    what: "file.meta",
  });
  const { manifest, leaf, entry, org } = found.file;
  const desk = await accounts.desk();
  if (manifest === null || leaf === null || entry === null || desk === null)
    throw new Problem("upload.incomplete", "This file is not sealed yet, so there is no receipt.");
  const proof = await ledger.proofText(org, leaf);
  const statements = await statementsOf(deps, session, found.file);
  return makeReceipt({
    desk: desk.fingerprint,
    statements: statements.map((statement): Json => asJson(statementAnswer(statement))),
    manifest: parseManifest(manifest),
    leaf: entry,
    proof,
  });
}

/** A checked statement is JSON, which its type cannot say. */
function asJson(statement: ReturnType<typeof statementAnswer>): Json {
  return statement as Json;
}
