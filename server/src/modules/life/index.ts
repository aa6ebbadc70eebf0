import { schemas } from "@breakwater/contract";
import type { LeafType } from "@breakwater/ledger";
import type { Tx } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import type { CaseRecord } from "../cases/index.ts";
import type { Life, LifeDeps } from "./face.ts";
import { Orders } from "./orders.ts";
import { sweepRetention } from "./retention.ts";
import { ordersOfCase, type OrderRow } from "./store.ts";

export type { Life, LifeDeps, Starting } from "./face.ts";
export { lifeMigrations } from "./migrations.ts";
export { lifeRoutes } from "./routes.ts";

const AGAIN_MS = 20_000;
const SWEEP_MS = 3_600_000;

export function createLife(deps: LifeDeps): Life {
  const orders = new Orders(deps);
  let timer: NodeJS.Timeout | undefined;
  let working: Promise<void> = Promise.resolve();
  let swept = Number.NEGATIVE_INFINITY;
  const work = async (): Promise<void> => {
    await orders.again();
    if (deps.now() - swept < SWEEP_MS) return;
    swept = deps.now();
    await sweepRetention(deps, orders);
  };
  return {
    view: (session, caseId) => view(deps, session, caseId),
    shred: (session, caseId, input) => shred(deps, orders, session, { caseId, input }),
    hold: (session, caseId, input) => hold(deps, orders, session, { caseId, input }),
    noteExport: (session, caseId, act) => noteExport(deps, session, caseId, act),
    deleteFile: (session, file, act) => deleteFile(deps, orders, session, { fileId: file, sent: act }),
    sweep: () => sweepRetention(deps, orders),
    settle: (releaser) => orders.settle(releaser),
    start() {
      timer = setInterval(() => {
        working = working.then(work).catch(deps.report);
      }, AGAIN_MS);
    },
    async close() {
      clearInterval(timer);
      await working;
    },
  };
}

async function view(
  { sql, accounts, cases }: LifeDeps,
  session: Session,
  caseId: string,
): Promise<z.output<typeof schemas.CaseLife>> {
  await cases.visible(session, caseId);
  const rows = await ordersOfCase(sql.db, caseId);
  const people = await accounts.peopleOf([...new Set(rows.map(({ by_user }) => by_user))]);
  const names = new Map(people.map(({ user, name }) => [user, name]));
  return { orders: rows.map((row) => answerOf(row, names.get(row.by_user) ?? row.by_user)) };
}

async function shred(
  deps: LifeDeps,
  orders: Orders,
  session: Session,
  { caseId, input }: { readonly caseId: string; readonly input: z.output<typeof schemas.ShredCase> },
): Promise<void> {
  const { cases, accounts } = deps;
  accounts.requireFresh(session);
  const { number } = input;
  const record = await cases.visible(session, caseId);
  if (number !== record.number)
    throw new Problem("request.invalid", "The number that was typed is not this case's.", {
      help: "Type the number of the case that you want to shred.",
    });
  const act = await accounts.checkAct(session, input.act, { t: "key.shred", org: record.org, case: caseId });
  if (act.what !== `case:${number}`) throw new Problem("act.invalid", "The act does not name the case's number.");
  await orders.give(session, act, { case: caseId }, async (tx, locked) => {
    if (locked.shredded !== null) throw gone(locked);
    await checkNotHeld(deps, tx, locked);
    await cases.markShredded(tx, caseId);
  });
}

async function hold(
  { cases, vault, accounts }: LifeDeps,
  orders: Orders,
  session: Session,
  { caseId, input }: { readonly caseId: string; readonly input: z.output<typeof schemas.HoldCase> },
): Promise<void> {
  accounts.requireFresh(session);
  const { file, act: sent } = input;
  const record = await cases.visible(session, caseId);
  if (file !== undefined && (await vault.find(session, file)).record.case_id !== caseId)
    throw new Problem("request.notFound", "There is no such file on this case.");
  const t: LeafType = sent["t"] === "file.unhold" ? "file.unhold" : "file.hold";
  const place = { case: caseId, ...(file === undefined ? {} : { file }) };
  const act = await accounts.checkAct(session, sent, { t, org: record.org, ...place });
  if (act.x === undefined)
    throw new Problem("act.invalid", "A hold, and lifting one, needs a reason, sealed to the case.");
  await orders.give(session, act, place, async (tx, locked) => {
    if (locked.shredded !== null) throw gone(locked);
    if (file === undefined) await cases.markHeld(tx, caseId, t === "file.hold");
    else await vault.markHeld(tx, file, t === "file.hold");
  });
}

async function noteExport(
  { sql, ledger, accounts, cases }: LifeDeps,
  session: Session,
  caseId: string,
  sent: unknown,
): Promise<void> {
  accounts.requireFresh(session);
  const record = await cases.visible(session, caseId);
  if (record.shredded !== null) throw gone(record);
  const act = await accounts.checkAct(session, sent, { t: "export.case", org: record.org, case: caseId });
  await sql.transaction((tx) => ledger.append(tx, act, session.context));
}

async function deleteFile(
  deps: LifeDeps,
  orders: Orders,
  session: Session,
  { fileId, sent }: { readonly fileId: string; readonly sent: unknown },
): Promise<void> {
  const { vault, accounts } = deps;
  accounts.requireFresh(session);
  const { file, record } = await vault.find(session, fileId);
  const place = { case: record.case_id, file: fileId };
  const act = await accounts.checkAct(session, sent, { t: "file.delete", org: record.org, ...place });
  if (file.state !== "sealed") throw new Problem("request.conflict", "This file's upload is not finished.");
  await orders.give(session, act, place, async (tx, locked) => {
    if (locked.shredded !== null) throw gone(locked);
    await checkNotHeld(deps, tx, locked, fileId);
    await vault.markDeleted(tx, fileId);
  });
}

async function checkNotHeld({ vault }: LifeDeps, tx: Tx, record: CaseRecord, file?: string): Promise<void> {
  const files = await vault.heldFiles(tx, record.case_id);
  if (!record.held && (file === undefined ? files.length === 0 : !files.includes(file))) return;
  throw new Problem("hold.active", "This is under legal hold. Nothing of it is deleted or shredded.", {
    help: "Lift the hold first.",
  });
}

function gone({ shredded }: CaseRecord): Problem {
  return new Problem("case.shredded", `This case was shredded on ${shredded?.toISOString() ?? "an earlier day"}.`);
}

function answerOf(row: OrderRow, name: string) {
  return {
    t: schemas.LifeOrder.shape.t.parse(row.t),
    file: row.file_id,
    by: { user: row.by_user, name },
    at: row.at.toISOString(),
    leaf: Number(row.idx),
    x: row.x === null ? null : schemas.Sealed.parse(JSON.parse(row.x)),
    done: row.done === null ? null : (JSON.parse(row.done) as Readonly<Record<string, unknown>>),
  };
}
