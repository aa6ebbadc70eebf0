import { AsyncLocalStorage } from "node:async_hooks";
import type { Readable } from "node:stream";
import { PATHS } from "@breakwater/contract";
import type { Sql } from "@breakwater/sql";
import { isId } from "@breakwater/wire";
import { Server as TusServer } from "@tus/server";
import { DataStore, Upload, ERRORS } from "@tus/utils";
import type { FastifyReply, FastifyRequest } from "fastify";
import { Problem } from "../../errors.ts";
import type { App, Guard, Session } from "../../session.ts";
import { ChecksumMismatch, type Checksum, type Staging } from "./staging.ts";
import { readPart, setTerminated, type FileRecord, type PartRecord } from "./store.ts";

export const UPLOAD_MS = 24 * 3_600_000;
const OCTETS = "application/offset+octet-stream";

interface Current {
  readonly session: Session;
  readonly checksum: Checksum | undefined;
}

/**
 * The tus protocol (tus.io 1.0: core, creation, creation-with-upload, checksum, expiration, termination) over parts that
 * POST /v1/files declared: what a part is, how long, and whose, is in the database; how much of it is here, in the staging.
 */
class PartStore extends DataStore {
  readonly current = new AsyncLocalStorage<Current>();
  readonly #sql: Sql;
  readonly #staging: Staging;
  readonly #now: () => number;

  constructor(sql: Sql, staging: Staging, now: () => number) {
    super();
    this.#sql = sql;
    this.#staging = staging;
    this.#now = now;
    this.extensions = ["creation", "creation-with-upload", "checksum", "expiration", "termination"];
  }

  override async create(upload: Upload): Promise<Upload> {
    const part = await this.#own(upload.id);
    if (part.state !== "uploading") throw new Problem("request.conflict", "This file is sealed already.");
    if (upload.size !== Number(part.ct_size))
      throw new Problem(
        "upload.mismatch",
        `The part was announced with ${part.ct_size} bytes, not ${upload.size ?? "unknown"}.`,
      );
    await this.#staging.begin(upload.id);
    await setTerminated(this.#sql.db, upload.id, false);
    upload.creation_date = part.created.toISOString();
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const part = await this.#own(id);
    if (part.terminated) throw ERRORS.FILE_NOT_FOUND;
    const size = Number(part.ct_size);
    const offset = part.state === "sealed" ? size : ((await this.#staging.size(id)) ?? 0);
    return new Upload({ id, size, offset, creation_date: part.created.toISOString() });
  }

  override async write(stream: Readable, id: string, offset: number): Promise<number> {
    const part = await this.#own(id);
    if (part.state !== "uploading") throw new Problem("request.conflict", "This file is sealed already.");
    return this.#staging.append(id, stream, offset, this.current.getStore()?.checksum);
  }

  override async remove(id: string): Promise<void> {
    const part = await this.#own(id);
    if (part.state !== "uploading") throw ERRORS.INVALID_TERMINATION;
    await setTerminated(this.#sql.db, id, true);
    await this.#staging.delete(id);
  }

  override getExpiration(): number {
    return UPLOAD_MS;
  }

  /** Somebody else's part, and one that expired, are answered like one that does not exist. */
  async #own(id: string): Promise<PartRecord & FileRecord> {
    const session = this.current.getStore()?.session;
    const part = isId("part", id) ? await readPart(this.#sql.db, id) : undefined;
    const expired = part?.state === "uploading" && part.until.getTime() <= this.#now();
    if (part === undefined || session === undefined || part.uploader !== session.user || expired)
      throw ERRORS.FILE_NOT_FOUND;
    return part;
  }
}

export interface UploadsDeps {
  readonly sql: Sql;
  readonly staging: Staging;
  readonly guard: Guard;
  readonly now: () => number;
}

export function uploadRoutes(app: App, { sql, staging, guard, now }: UploadsDeps): void {
  const store = new PartStore(sql, staging, now);
  const tus = new TusServer({
    path: PATHS.uploads,
    datastore: store,
    relativeLocation: true,
    // No other origin has business here: without this the library would invite all of them.
    allowedOrigins: [],
    namingFunction: (_request, metadata) => metadata?.["part"] ?? "unnamed",
    onResponseError: (_request, error) => problemOf(error),
  });
  const handle = async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const session = await guard(request, "uploadFile");
    const checksum = readChecksum(request.headers["upload-checksum"]);
    reply.hijack();
    for (const [name, value] of Object.entries(reply.getHeaders()))
      if (value !== undefined) reply.raw.setHeader(name, value);
    reply.raw.setHeader("tus-checksum-algorithm", "sha256");
    await store.current.run({ session, checksum }, () => tus.handle(request.raw, reply.raw));
  };
  void app.register((scope, _options, done) => {
    // The bytes go from the socket to the disk: nothing is parsed, and nothing is held in memory.
    scope.addContentTypeParser(OCTETS, (_request, _payload, parsed) => parsed(null));
    const schema = { tags: ["files"], hide: true };
    scope.route({ method: ["POST", "OPTIONS"], url: PATHS.uploads, schema, handler: handle });
    scope.route({ method: ["HEAD", "PATCH", "DELETE"], url: PATHS.upload, schema, handler: handle });
    done();
  });
}

/** tus "checksum": `<algorithm> <base64>`; sha256 is the one we speak. */
function readChecksum(header: string | string[] | undefined): Checksum | undefined {
  if (header === undefined) return undefined;
  const match = typeof header === "string" ? /^sha256 ([A-Za-z0-9+/]{43}=)$/.exec(header) : null;
  if (match?.[1] === undefined)
    throw new Problem("request.invalid", "Upload-Checksum must be sha256 and the base64 of the hash.");
  return { sha256: Buffer.from(match[1], "base64") };
}

function problemOf(
  error: Error | { readonly status_code: number; readonly body: string },
): { status_code: number; body: string } | undefined {
  if (error instanceof ChecksumMismatch)
    return { status_code: 460, body: JSON.stringify({ code: "upload.mismatch", message: error.message }) };
  if (error instanceof Problem)
    return { status_code: error.status, body: JSON.stringify({ code: error.code, message: error.message }) };
  // The library's own refusals are objects with a status; whatever else went wrong is not the sender's to read.
  return error instanceof Error
    ? {
        status_code: 500,
        body: JSON.stringify({ code: "server.failed", message: "The upload failed on the server. Try again." }),
      }
    : undefined;
}
