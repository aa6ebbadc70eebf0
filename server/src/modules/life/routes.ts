import { PATHS, schemas } from "@breakwater/contract";
import { z } from "zod";
import type { App, Guard } from "../../session.ts";
import type { Life } from "./face.ts";

const CaseParams = z.object({ case: schemas.caseId });
const FileParams = z.object({ file: schemas.fileId });

export function lifeRoutes(app: App, { life, guard }: { readonly life: Life; readonly guard: Guard }): void {
  const tags = ["life"];
  const answer = { 200: schemas.CaseLife };

  app.get(PATHS.caseLife, { schema: { tags, params: CaseParams, response: answer } }, async (request) =>
    life.view(await guard(request, "readCases"), request.params.case),
  );

  app.post(
    PATHS.caseShred,
    { schema: { tags, params: CaseParams, body: schemas.ShredCase, response: answer } },
    async (request) => {
      const session = await guard(request, "shredCase");
      await life.shred(session, request.params.case, request.body);
      return life.view(session, request.params.case);
    },
  );

  app.post(
    PATHS.caseHold,
    { schema: { tags, params: CaseParams, body: schemas.HoldCase, response: answer } },
    async (request) => {
      const session = await guard(request, "holdCase");
      await life.hold(session, request.params.case, request.body);
      return life.view(session, request.params.case);
    },
  );

  app.post(
    PATHS.caseExport,
    { schema: { tags, params: CaseParams, body: schemas.ByAct, response: { 200: z.object({}) } } },
    async (request) => {
      await life.noteExport(await guard(request, "exportCase"), request.params.case, request.body.act);
      return {};
    },
  );

  app.post(
    PATHS.fileDelete,
    { schema: { tags, params: FileParams, body: schemas.ByAct, response: { 200: z.object({}) } } },
    async (request) => {
      await life.deleteFile(await guard(request, "deleteFile"), request.params.file, request.body.act);
      return {};
    },
  );
}
