import { PATHS, schemas } from "@breakwater/contract";
import { z } from "zod";
import type { App, Guard } from "../../session.ts";
import type { Cases } from "./face.ts";

const CaseParams = z.object({ case: schemas.caseId });

export function casesRoutes(app: App, { cases, guard }: { readonly cases: Cases; readonly guard: Guard }): void {
  const tags = ["cases"];

  app.get(
    PATHS.cases,
    { schema: { tags, querystring: schemas.CasesQuery, response: { 200: schemas.Cases } } },
    async (request) => {
      return cases.list(await guard(request, "readCases"), request.query);
    },
  );

  app.post(
    PATHS.cases,
    { schema: { tags, body: schemas.NewCase, response: { 200: schemas.CaseRow } } },
    async (request) => {
      return cases.open(await guard(request, "openCase"), request.body);
    },
  );

  app.get(PATHS.rotation, { schema: { tags, response: { 200: schemas.Rotation } } }, async (request) =>
    cases.rotation(await guard(request, "managePeople")),
  );

  app.post(
    PATHS.rotation,
    { schema: { tags, body: schemas.Rekey, response: { 200: schemas.Rekeyed } } },
    async (request) => ({ done: await cases.rekey(await guard(request, "managePeople"), request.body) }),
  );

  app.post(
    PATHS.caseAssign,
    { schema: { tags, params: CaseParams, body: schemas.AssignCase, response: { 200: schemas.CaseRow } } },
    async (request) => cases.assign(await guard(request, "assignCase"), request.params.case, request.body),
  );

  app.post(
    PATHS.caseUnassign,
    { schema: { tags, params: CaseParams, body: schemas.AssignCase, response: { 200: schemas.CaseRow } } },
    async (request) => cases.unassign(await guard(request, "assignCase"), request.params.case, request.body),
  );

  app.patch(
    PATHS.case,
    { schema: { tags, params: CaseParams, body: schemas.PatchCase, response: { 200: schemas.CaseRow } } },
    async (request) => cases.update(await guard(request, "updateCase"), request.params.case, request.body),
  );

  app.post(
    PATHS.caseSeen,
    { schema: { tags, params: CaseParams, body: schemas.SeenCase, response: { 200: z.object({}) } } },
    async (request) => {
      await cases.seen(await guard(request, "readCases"), request.params.case, request.body.activity);
      return {};
    },
  );

  app.get(PATHS.caseViews, { schema: { tags, response: { 200: schemas.CaseQueues } } }, async (request) => ({
    views: await cases.queues(await guard(request, "readCases")),
  }));

  app.post(
    PATHS.caseViews,
    { schema: { tags, body: schemas.NewCaseQueue, response: { 200: z.object({}) } } },
    async (request) => {
      await cases.keepQueue(await guard(request, "readCases"), request.body);
      return {};
    },
  );

  app.delete(
    PATHS.caseView,
    { schema: { tags, params: z.object({ view: schemas.NewCaseQueue.shape.view }), response: { 200: z.object({}) } } },
    async (request) => {
      await cases.dropQueue(await guard(request, "readCases"), request.params.view);
      return {};
    },
  );

  app.post(
    PATHS.caseClose,
    { schema: { tags, params: CaseParams, body: schemas.ByAct, response: { 200: schemas.CaseRow } } },
    async (request) => cases.close(await guard(request, "closeCase"), request.params.case, request.body.act),
  );
}
