import { PATHS, schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import { z } from "zod";
import type { App } from "../../session.ts";
import type { Accounts } from "../accounts/index.ts";
import type { Ledger } from "../ledger/index.ts";
import { checkText, KEEP_DECISIONS_MS, loadRules, simulate, type ManagedPolicy } from "../policy/index.ts";
import { announceEffective, approveSet, proposeSet, readRules, withdrawSet } from "./change.ts";
import { rulesView } from "./views.ts";

export interface RulesDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly policy: ManagedPolicy;
  readonly accounts: Accounts;
  readonly now: () => number;
  readonly report: (error: unknown) => void;
}

const SetParams = z.object({ set: schemas.PolicySet.shape.id });
const TEXT_BYTES = 512 * 1024;
const TICK_MS = 5_000;

/** The rules, read by everybody of the desk, and changed by two. */
export function rulesRoutes(app: App, deps: RulesDeps): { close(): void } {
  const { policy, accounts, sql, now } = deps;
  const { guard } = accounts;
  const tags = ["rules"];
  const answer = { 200: schemas.PolicyView };

  app.get(PATHS.policy, { schema: { tags, response: answer } }, async (request) =>
    rulesView(deps, await guard(request, "readPolicy")),
  );

  app.post(
    PATHS.policyCheck,
    {
      bodyLimit: TEXT_BYTES,
      schema: { tags, body: schemas.PolicyText, response: { 200: schemas.PolicyChecked } },
    },
    async (request) => {
      await guard(request, "readPolicy");
      const { text } = request.body;
      const problems = checkText(text, policy.sets.schema).map((one) => ({ ...one }));
      return { problems, hash: problems.length > 0 ? null : loadRules(text, policy.sets.schema).hash };
    },
  );

  app.post(
    PATHS.policySimulate,
    {
      bodyLimit: TEXT_BYTES,
      schema: { tags, body: schemas.PolicyText, response: { 200: schemas.PolicySimulation } },
    },
    async (request) => {
      await guard(request, "proposePolicy");
      await policy.flush();
      const rules = readRules(request.body.text, policy.sets.schema);
      const found = await simulate(sql.db, rules, new Date(now() - KEEP_DECISIONS_MS));
      const users = [...found.newlyDenied, ...found.newlyAllowed].map(({ user }) => user);
      const people = new Map((await accounts.peopleOf([...new Set(users)])).map(({ user, name }) => [user, name]));
      const named = (list: typeof found.newlyDenied) =>
        list.map((one) => ({ ...one, name: people.get(one.user) ?? one.user }));
      return { ...found, newlyDenied: named(found.newlyDenied), newlyAllowed: named(found.newlyAllowed) };
    },
  );

  app.post(
    PATHS.policy,
    { bodyLimit: TEXT_BYTES, schema: { tags, body: schemas.ProposePolicy, response: answer } },
    async (request) => {
      const session = await guard(request, "proposePolicy");
      await proposeSet(deps, session, request.body);
      return rulesView(deps, session);
    },
  );

  app.post(
    PATHS.policyApprove,
    { schema: { tags, params: SetParams, body: schemas.ByAct, response: answer } },
    async (request) => {
      const session = await guard(request, "approvePolicy");
      await approveSet(deps, session, request.params.set, request.body.act);
      return rulesView(deps, session);
    },
  );

  app.post(
    PATHS.policyWithdraw,
    { schema: { tags, params: SetParams, body: schemas.ByAct, response: answer } },
    async (request) => {
      const session = await guard(request, "approvePolicy");
      await withdrawSet(deps, session, request.params.set, request.body.act);
      return rulesView(deps, session);
    },
  );

  const timer = setInterval(() => void announceEffective(deps).catch(deps.report), TICK_MS);
  return { close: () => clearInterval(timer) };
}
