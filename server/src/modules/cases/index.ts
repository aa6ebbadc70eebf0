import { parseStatement } from "@breakwater/seal";
import { Problem } from "../../errors.ts";
import { subjectOf } from "../policy/index.ts";
import { notFound, refuse, visible } from "./access.ts";
import { assign, close, unassign, update } from "./change.ts";
import type { Cases, CasesDeps } from "./face.ts";
import { listCases } from "./list.ts";
import { openCase } from "./open.ts";
import { dropQueue, keepQueue, queues } from "./queues.ts";
import { rekey, rotation } from "./rekey.ts";
import { rowsOf } from "./rows.ts";
import { checkReopen, stateValues } from "./state.ts";
import { closedCases, countByOrg, countNews, lockCase, markSeen, seenOf, updateCase, readCase } from "./store.ts";

export type { Cases, CasesDeps } from "./face.ts";
export { caseFacts, refuse } from "./access.ts";
export { casesMigrations } from "./migrations.ts";
export { casesRoutes } from "./routes.ts";
export type { CaseState } from "./state.ts";
export type { CaseRecord } from "./store.ts";

export function createCases(deps: CasesDeps): Cases {
  const { sql, policy, now } = deps;
  const row: Cases["row"] = async (session, record) => {
    const [found] = await rowsOf(deps, session, [record]);
    if (found === undefined) throw notFound();
    return found;
  };
  return {
    open: async (session, input) => {
      refuse(policy.decide({ subject: subjectOf(session), action: "case.open", org: session.org }));
      await openCase(deps, session, input);
      return row(session, await visible(deps, session, input.case));
    },
    list: (session, query) => listCases(deps, session, query),
    assign: (session, caseId, input) => assign(deps, session, caseId, input),
    unassign: (session, caseId, input) => unassign(deps, session, caseId, input),
    update: (session, caseId, input) => update(deps, session, caseId, input),
    rotation: (session) => rotation(deps, session),
    rekey: (session, { cases }) => rekey(deps, session, cases),
    close: (session, caseId, act) => close(deps, session, caseId, act),
    async seen(session, caseId, activity) {
      const record = await visible(deps, session, caseId);
      await markSeen(sql.db, session.user, caseId, Math.min(activity, record.activity));
    },
    visible: (session, caseId) => visible(deps, session, caseId),
    row,
    queues: (session) => queues(deps, session),
    keepQueue: (session, input) => keepQueue(deps, session, input),
    dropQueue: (session, view) => dropQueue(deps, session, view),
    async news(tx, session, caseId, { state, ...more }) {
      const changed = new Date(now());
      const record = await lockCase(tx, caseId);
      if (record === undefined) throw notFound();
      if (state === undefined && record.state === "closed" && more.messages !== undefined)
        throw new Problem("policy.denied", "The case is closed.", { help: "Open it again with your message." });
      if (state !== undefined && state !== record.state) {
        checkReopen(session, record, changed.getTime());
        await updateCase(tx, caseId, { ...stateValues(state, record, changed), changed });
      }
      const { activity, messages } = await countNews(tx, caseId, { ...more, changed });
      // Whoever had seen all has seen all: one's own words are no news.
      const seen = (await seenOf(tx, session.user, [caseId])).get(caseId) ?? 0;
      if (seen === activity - 1) await markSeen(tx, session.user, caseId, activity);
      return messages;
    },
    async releaserOf(caseId) {
      const record = await readCase(sql.db, caseId);
      return record && parseStatement(JSON.parse(record.releaser_key)).sigs[0]?.by;
    },
    closedCases: () => closedCases(sql.db),
    async lock(tx, caseId) {
      const locked = await lockCase(tx, caseId);
      if (locked === undefined) throw notFound();
      return locked;
    },
    async markShredded(tx, caseId) {
      const at = new Date(now());
      await updateCase(tx, caseId, { shredded: at, state: "closed", closed: at, waiting: null, changed: at });
    },
    markHeld: (tx, caseId, held) => updateCase(tx, caseId, { held }),
    counts: () => countByOrg(sql.db),
  };
}
