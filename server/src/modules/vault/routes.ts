import { Readable } from "node:stream";
import { PATHS, schemas } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import { z } from "zod";
import type { App, Guard } from "../../session.ts";
import type { Vault } from "./face.ts";
import { grantRoutes } from "./grant-routes.ts";
import { RangeProblem } from "./parts.ts";
import type { Staging } from "./staging.ts";
import { uploadRoutes } from "./uploads.ts";

const CaseParams = z.object({ case: schemas.caseId });
const FileParams = z.object({ file: schemas.fileId });
const PartParams = z.object({ file: schemas.fileId, part: schemas.partId });
/** A manifest holds eight hybrid wraps of some 1,600 characters each. */
const FINISH_BYTES = 512 * 1024;
/** The longest message in base64url, its two wraps, and the act. */
const MESSAGE_BYTES = 128 * 1024;

export interface VaultRoutesDeps {
  readonly vault: Vault;
  readonly guard: Guard;
  readonly sql: Sql;
  readonly staging: Staging;
  readonly now: () => number;
}

export function vaultRoutes(app: App, deps: VaultRoutesDeps): void {
  const { vault, guard } = deps;
  const tags = ["files"];
  uploadRoutes(app, deps);
  grantRoutes(app, deps);

  app.get(
    PATHS.case,
    { schema: { tags: ["cases"], params: CaseParams, response: { 200: schemas.CaseView } } },
    async (request) => {
      return vault.caseView(await guard(request, "readCases"), request.params.case);
    },
  );

  app.get(
    PATHS.caseMessages,
    {
      schema: {
        tags: ["cases"],
        params: CaseParams,
        querystring: schemas.MessagesQuery,
        response: { 200: schemas.Messages },
      },
    },
    async (request) => vault.messages(await guard(request, "readCases"), request.params.case, request.query),
  );

  app.post(
    PATHS.caseMessages,
    {
      bodyLimit: MESSAGE_BYTES,
      schema: { tags: ["cases"], params: CaseParams, body: schemas.NewMessage, response: { 200: schemas.MessageRow } },
    },
    async (request) => vault.postMessage(await guard(request, "writeMessage"), request.params.case, request.body),
  );

  app.post(
    PATHS.files,
    { schema: { tags, body: schemas.NewFile, response: { 200: schemas.FileStarted } } },
    async (request) => {
      return vault.announce(await guard(request, "uploadFile"), request.body);
    },
  );

  app.get(PATHS.storage, { schema: { tags, response: { 200: schemas.Storage } } }, async (request) =>
    vault.storage(await guard(request, "readStorage")),
  );

  app.get(
    PATHS.file,
    { schema: { tags, params: FileParams, response: { 200: schemas.FileView } } },
    async (request) => {
      return vault.fileView(await guard(request, "readCases"), request.params.file);
    },
  );

  app.post(
    PATHS.fileFinish,
    {
      bodyLimit: FINISH_BYTES,
      schema: { tags, params: FileParams, body: schemas.FinishFile, response: { 200: schemas.Receipt } },
    },
    async (request) => ({
      ...(await vault.finish(await guard(request, "uploadFile"), request.params.file, request.body)),
    }),
  );

  app.get(
    PATHS.fileReceipt,
    { schema: { tags, params: FileParams, response: { 200: schemas.Receipt } } },
    async (request) => {
      return { ...(await vault.receipt(await guard(request, "readCases"), request.params.file)) };
    },
  );

  app.get(PATHS.filePart, { schema: { tags, params: PartParams } }, async (request, reply) => {
    const session = await guard(request, "releaseKey");
    const { file, part } = request.params;
    reply.header("accept-ranges", "bytes").type("application/octet-stream");
    try {
      const opened = await vault.part(session, file, part, request.headers.range);
      reply.header("etag", `"${opened.hash}"`).header("content-length", opened.end - opened.start);
      if (opened.partial)
        reply.code(206).header("content-range", `bytes ${opened.start}-${opened.end - 1}/${opened.size}`);
      return reply.send(Readable.from(opened.bytes));
    } catch (error) {
      if (!(error instanceof RangeProblem)) throw error;
      return reply
        .code(416)
        .header("content-range", `bytes */${error.size}`)
        .type("application/json")
        .send({ code: error.code, message: error.message });
    }
  });

  app.post(
    PATHS.release,
    { schema: { tags, body: schemas.ReleaseAsk, response: { 200: schemas.Release } } },
    async (request) => {
      return vault.release(await guard(request, "releaseKey"), request.body);
    },
  );
}
