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

  app.post(
    PATHS.caseAssign,
    { schema: { tags, params: CaseParams, body: schemas.ByAct, response: { 200: schemas.CaseRow } } },
    async (request) => cases.assign(await guard(request, "assignCase"), request.params.case, request.body.act),
  );

  app.post(
    PATHS.caseClose,
    { schema: { tags, params: CaseParams, body: schemas.ByAct, response: { 200: schemas.CaseRow } } },
    async (request) => cases.close(await guard(request, "closeCase"), request.params.case, request.body.act),
  );
}
