import { schemas } from "@breakwater/contract";
import type { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import type { Session } from "../../session.ts";
import { ask, fileFacts, findFile, refuseLogged, rulesOf, statementsOf, type ReadingLog } from "./access.ts";
import type { VaultDeps } from "./face.ts";
import { findGrants, type GrantRecord } from "./grantstore.ts";
import { filesOfCase, type FileRecord } from "./store.ts";

type CaseView = z.output<typeof schemas.CaseView>;
type FileView = z.output<typeof schemas.FileView>;
type FileRow = z.output<typeof schemas.FileRow>;

/** A case with its files. Manifests go to those who may read them; who read them is a leaf. */
export async function caseView(
  deps: VaultDeps,
  reading: ReadingLog,
  session: Session,
  caseId: string,
): Promise<CaseView> {
  const { sql, cases, now } = deps;
  const record = await cases.visible(session, caseId);
  const files = (await filesOfCase(sql.db, caseId)).filter(
    (file) => file.state === "sealed" || file.uploader === session.user,
  );
  const rules = await rulesOf(deps, record.org);
  const rows = files.map((file) =>
    rowOf(file, ask(deps, session, { action: "file.meta", file: fileFacts({ file, record }, rules) }).allowed),
  );
  const n = rows.filter(({ manifest }) => manifest !== null).length;
  if (n > 0) await reading.note(session, `${caseId} ${n}`, { t: "file.list", org: record.org, case: caseId, n });
  const grants = await findGrants(sql.db, { caseId, grantee: session.user, live: new Date(now()) });
  const statements = await statementsOf(deps, session, record);
  return {
    case: await cases.row(session, record),
    files: rows,
    statements: statements.map(statementAnswer),
    grants: grants.map(grantAnswer),
  };
}

export async function fileView(
  deps: VaultDeps,
  reading: ReadingLog,
  session: Session,
  fileId: string,
): Promise<FileView> {
  const { sql, now } = deps;
  const found = await findFile(deps, session, fileId);
  const { file } = found;
  await refuseLogged(deps, session, found, {
    decision: ask(deps, session, { action: "file.meta", file: fileFacts(found, await rulesOf(deps, file.org)) }),
    what: "file.meta",
  });
  if (file.manifest !== null)
    await reading.note(session, fileId, { t: "file.meta", org: file.org, case: file.case_id, file: fileId });
  const grants = await findGrants(sql.db, { files: [fileId], grantee: session.user, live: new Date(now()) });
  const statements = await statementsOf(deps, session, file);
  return { file: rowOf(file, true), statements: statements.map(statementAnswer), grants: grants.map(grantAnswer) };
}

function rowOf(file: FileRecord, withManifest: boolean): FileRow {
  return {
    file: file.file_id,
    case: file.case_id,
    state: schemas.FileRow.shape.state.parse(file.state),
    manifest: withManifest && file.manifest !== null ? schemas.SignedManifest.parse(JSON.parse(file.manifest)) : null,
    created: file.created.toISOString(),
    held: file.held,
    deleted: file.deleted?.toISOString() ?? null,
  };
}

/** The signed grant, as its grantee sent it. */
function grantAnswer({ body }: GrantRecord): Readonly<Record<string, unknown>> {
  return JSON.parse(body) as Readonly<Record<string, unknown>>;
}
