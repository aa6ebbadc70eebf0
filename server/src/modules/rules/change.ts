import { randomUUID } from "node:crypto";
import type { schemas } from "@breakwater/contract";
import type { Tx } from "@breakwater/sql";
import type { z } from "zod";
import { Problem } from "../../errors.ts";
import type { Session } from "../../session.ts";
import {
  checkText,
  insertSet,
  loadRules,
  lockSet,
  onlyTightens,
  readSets,
  subjectOf,
  updateSet,
  type RuleSet,
  type StoredSet,
} from "../policy/index.ts";
import type { RulesDeps } from "./index.ts";

/** What lets more through waits this long, so that somebody who took two accounts over is seen before it holds. */
const COOLING_MS = 24 * 3_600_000;

type Step = "propose" | "approve" | "withdraw" | "effective";
/** `what` of a policy.change leaf: the step and the set's hash. */
function whatOf(step: Step, hash: string): string {
  return `${step} ${hash}`;
}

export async function proposeSet(
  deps: RulesDeps,
  session: Session,
  { text, why, act: sent }: z.output<typeof schemas.ProposePolicy>,
): Promise<void> {
  const { sql, ledger, accounts, policy, now } = deps;
  permit(deps, session, "policy.propose");
  const base = policy.sets.at(now());
  const next = readRules(text, policy.sets.schema);
  if (next.hash === base.hash) throw new Problem("request.conflict", "These rules hold already.");
  const act = await accounts.checkAct(session, sent, { t: "policy.change", org: session.org });
  if (act.what !== whatOf("propose", next.hash)) throw wrongAct();
  await sql.transaction(async (tx) => {
    await insertSet(tx, {
      id: randomUUID(),
      hash: next.hash,
      text,
      base: base.hash,
      loosens: !onlyTightens(base, next),
      why,
      proposed: new Date(now()),
      proposed_by: session.user,
      approved: null,
      approved_by: null,
      effective: null,
      withdrawn: null,
      withdrawn_by: null,
      announced: false,
    });
    await ledger.append(tx, act, session.context);
  });
}

/** Throws policy.invalid with the first thing that is wrong, and where. */
export function readRules(text: string, schema: string): RuleSet {
  const [problem] = checkText(text, schema);
  if (problem !== undefined)
    throw new Problem("policy.invalid", `Line ${problem.line}, column ${problem.column}: ${problem.message}`);
  return loadRules(text, schema);
}

/** The second person. What only tightens holds at once; anything else after the cooling time. */
export async function approveSet(deps: RulesDeps, session: Session, id: string, sent: unknown): Promise<void> {
  const { policy, now } = deps;
  await step(deps, session, { id, sent, step: "approve" }, (set) => {
    if (set.proposed_by === session.user)
      throw new Problem("request.conflict", "Somebody else must approve what you proposed.");
    if (set.approved !== null) throw new Problem("request.conflict", "This change was approved already.");
    // Otherwise a text that somebody wrote before the last change would take that change back without saying so.
    if (set.base !== policy.sets.at(now()).hash)
      throw new Problem("request.conflict", "The rules changed since this was proposed.", {
        help: "Withdraw it, and propose it again over the rules that hold now.",
      });
    const effective = new Date(now() + (set.loosens ? COOLING_MS : 0));
    return { approved: new Date(now()), approved_by: session.user, effective };
  });
  await announceEffective(deps);
}

/** Until a change holds, anybody who may approve it may also stop it. */
export async function withdrawSet(deps: RulesDeps, session: Session, id: string, sent: unknown): Promise<void> {
  const { now } = deps;
  await step(deps, session, { id, sent, step: "withdraw" }, (set) => {
    if (set.effective !== null && set.effective.getTime() <= now())
      throw new Problem("request.conflict", "These rules hold already. Propose the earlier ones instead.");
    return { withdrawn: new Date(now()), withdrawn_by: session.user };
  });
}

/** The log says when a set began to hold: once, also after a crash in between. */
export async function announceEffective({ sql, ledger, accounts, policy, now }: RulesDeps): Promise<void> {
  const due = (await readSets(sql.db)).filter((set) => isDue(set, now()));
  const desk = due.length === 0 ? null : await accounts.desk();
  if (desk === null) return;
  for (const { id, hash } of due.toReversed()) {
    await sql.transaction(async (tx) => {
      const locked = await lockSet(tx, id);
      if (locked === undefined || !isDue(locked, now())) return;
      await updateSet(tx, id, { announced: true });
      const actor = { id: "server", kind: "server" } as const;
      await ledger.append(tx, { v: 1, t: "policy.change", org: desk.org, actor, what: whatOf("effective", hash) });
    });
  }
  await policy.sets.reload();
}

function isDue({ effective, withdrawn, announced }: StoredSet, now: number): boolean {
  return effective !== null && withdrawn === null && !announced && effective.getTime() <= now;
}

async function step(
  deps: RulesDeps,
  session: Session,
  asked: { readonly id: string; readonly sent: unknown; readonly step: "approve" | "withdraw" },
  change: (set: StoredSet) => Partial<StoredSet>,
): Promise<void> {
  const { sql, ledger, accounts, policy } = deps;
  permit(deps, session, "policy.approve");
  const act = await accounts.checkAct(session, asked.sent, { t: "policy.change", org: session.org });
  await sql.transaction(async (tx) => {
    const set = await lockSet(tx, asked.id);
    if (set === undefined || set.withdrawn !== null)
      throw new Problem("request.notFound", "There is no such change, or it was withdrawn.");
    if (act.what !== whatOf(asked.step, set.hash)) throw wrongAct();
    await updateSet(tx, asked.id, change(set));
    if (asked.step === "approve") await displace(deps, tx, session, asked.id);
    await ledger.append(tx, act, session.context);
  });
  await policy.sets.reload();
}

/** Of two changes of the same rules one holds: what was still cooling is withdrawn, and has to be proposed over the new ones. */
async function displace({ ledger, now }: RulesDeps, tx: Tx, session: Session, chosen: string): Promise<void> {
  const waiting = (await readSets(tx)).filter(
    ({ id, effective, withdrawn, announced }) =>
      id !== chosen && effective !== null && withdrawn === null && !announced && effective.getTime() > now(),
  );
  for (const { id, hash } of waiting) {
    await updateSet(tx, id, { withdrawn: new Date(now()), withdrawn_by: session.user });
    const actor = { id: "server", kind: "server" } as const;
    await ledger.append(tx, { v: 1, t: "policy.change", org: session.org, actor, what: whatOf("withdraw", hash) });
  }
}

function permit({ policy, accounts }: RulesDeps, session: Session, action: "policy.propose" | "policy.approve"): void {
  accounts.requireFresh(session);
  const decision = policy.decide({ subject: subjectOf(session), action, org: session.org });
  if (decision.allowed) return;
  const { rule, act: remedy } = decision;
  throw new Problem("policy.denied", decision.why, {
    ...(decision.help === undefined ? {} : { help: decision.help }),
    denial: { rule, remedy, ask: [] },
  });
}

function wrongAct(): Problem {
  return new Problem("act.invalid", "The act is about other rules than those that were sent.");
}
