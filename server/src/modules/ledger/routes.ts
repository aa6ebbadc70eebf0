import { Readable } from "node:stream";
import { PATHS, schemas } from "@breakwater/contract";
import {
  consistencyProof,
  encodeBundle,
  inclusionProof,
  LedgerError,
  parseTilePath,
  TILE_WIDTH,
  type TileReader,
} from "@breakwater/ledger";
import type { Statement } from "@breakwater/seal";
import type { Sql } from "@breakwater/sql";
import { isId, toBase64url } from "@breakwater/wire";
import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { statementAnswer } from "../../answer.ts";
import { Problem } from "../../errors.ts";
import type { App, Guard, Session } from "../../session.ts";
import { readAnnounced } from "./clockwork.ts";
import { GLOBAL_LOG, type Ledger } from "./face.ts";
import type { Signed } from "./sequencer.ts";
import { findEntries, readBundle, readLog, readStoredTile, tileReader } from "./store.ts";

/** What the access page needs to name people and check their keys; handed in, because accounts stand above the ledger. */
export interface AccessDirectory {
  peopleOf(
    users: readonly string[],
  ): Promise<readonly { readonly user: string; readonly name: string; readonly org: string }[]>;
  statementsOf(org: string): Promise<readonly Statement[]>;
}

export interface LedgerRoutesDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly guard: Guard;
  readonly directory: AccessDirectory;
}

const Log = z.object({ log: z.string().max(64) });
const Tile = z.object({ log: z.string().max(64), "*": z.string().max(64) });

export function ledgerRoutes(app: App, deps: LedgerRoutesDeps): void {
  const { sql, ledger, guard } = deps;
  const schema = { tags: ["log"] };

  app.get(
    PATHS.access,
    { schema: { ...schema, querystring: schemas.AccessQuery, response: { 200: schemas.Access } } },
    async (request) => {
      const session = await guard(request, "readAccess");
      return access(deps, session, request.query);
    },
  );

  app.get(PATHS.logCheckpoint, { schema: { ...schema, params: Log } }, async (request, reply) => {
    await mayRead(deps, request, request.params.log);
    const { note } = await ledger.cosigned(request.params.log);
    return reply.type("text/plain; charset=utf-8").send(note);
  });

  app.get(PATHS.logTile, { schema: { ...schema, params: Tile } }, async (request, reply) => {
    const { log } = request.params;
    await mayRead(deps, request, log);
    const tile = readPath(`tile/${request.params["*"]}`);
    const { tree_size: size } = await readLog(sql.db, log);
    const bytes =
      tile.level === "entries" ? await bundle(sql, log, size, tile) : await hashTile(sql, log, tile.level, tile);
    return sendBytes(reply, bytes);
  });
}

/** The global log is everybody's; an organisation's is its own and the desk's. */
async function mayRead({ guard }: LedgerRoutesDeps, request: FastifyRequest, log: string): Promise<void> {
  if (log === GLOBAL_LOG) return;
  const session = await guard(request, "readAccess");
  if (!isId("org", log) || (session.org !== log && session.orgKind !== "desk")) {
    // The same answer as for a log that does not exist: who our customers are is nobody's business.
    throw new Problem("request.notFound", "There is no such log.");
  }
}

type AccessAsk = z.output<typeof schemas.AccessQuery>;

async function access(
  deps: LedgerRoutesDeps,
  session: Session,
  ask: AccessAsk,
): Promise<z.output<typeof schemas.Access>> {
  const { sql, ledger, directory } = deps;
  const log = ask.org ?? session.org;
  if (log !== session.org && session.orgKind !== "desk") throw new Problem("request.notFound", "There is no such log.");
  const checkpoint = await ledger.cosigned(log);
  const before = Math.min(ask.before ?? checkpoint.size, checkpoint.size);
  const rows = await findEntries(sql.db, { log, caseId: ask.case, fileId: ask.file, before, limit: ask.limit });
  const reader = remembering(tileReader(sql.db, log));
  const entries: z.output<typeof schemas.AccessEntry>[] = [];
  const users = new Set<string>();
  for (const { idx, entry } of rows) {
    const inclusion = await inclusionProof(idx, checkpoint.size, reader);
    entries.push({ index: idx, leaf: toBase64url(entry), inclusion: inclusion.map(toBase64url) });
    const actor = actorIn(entry);
    if (actor !== null) users.add(actor);
  }
  return {
    origin: checkpoint.origin,
    checkpoint: checkpoint.note,
    entries,
    people: [...(await directory.peopleOf([...users]))],
    statements: (await directory.statementsOf(log)).map(statementAnswer),
    consistency: await consistencyFrom(ask.from, checkpoint, reader),
    announced: readAnnounced((await readLog(sql.db, log)).announced),
  };
}

/** Null when the browser saw nothing before, or claims to have seen more than there is: it then says so to its reader. */
async function consistencyFrom(
  from: number | undefined,
  { size }: Signed,
  reader: TileReader,
): Promise<string[] | null> {
  if (from === undefined || from > size) return null;
  return (await consistencyProof(from, size, reader)).map(toBase64url);
}

/** Entries were checked when they were written. One that was changed on the disk since then is still shown: its proof then fails in the browser, for everybody to see. */
function actorIn(entry: Uint8Array): string | null {
  let leaf: unknown;
  try {
    leaf = JSON.parse(Buffer.from(entry).toString("utf8"));
  } catch {
    return null;
  }
  const id = (leaf as { readonly actor?: { readonly id?: unknown } | null } | null)?.actor?.id;
  return typeof id === "string" && isId("user", id) ? id : null;
}

function remembering(reader: TileReader): TileReader {
  const known = new Map<string, Promise<Uint8Array>>();
  return {
    readTile(level, index, width) {
      const key = `${level}/${index}/${width}`;
      const tile = known.get(key) ?? reader.readTile(level, index, width);
      known.set(key, tile);
      return tile;
    },
  };
}

interface TilePath {
  readonly index: number;
  readonly width: number;
}

function readPath(path: string): ReturnType<typeof parseTilePath> {
  try {
    return parseTilePath(path);
  } catch (cause) {
    if (cause instanceof LedgerError) throw new Problem("request.notFound", "There is no such tile.", { cause });
    throw cause;
  }
}

async function bundle(sql: Sql, log: string, size: number, { index, width }: TilePath): Promise<Uint8Array> {
  const from = index * TILE_WIDTH;
  if (from + width > size) throw new Problem("request.notFound", "There is no such entry bundle.");
  return encodeBundle(await readBundle(sql.db, log, from, from + width));
}

async function hashTile(sql: Sql, log: string, level: number, { index, width }: TilePath): Promise<Uint8Array> {
  const bytes = await readStoredTile(sql.db, log, level, index);
  if (bytes === undefined || bytes.length < width * 32) throw new Problem("request.notFound", "There is no such tile.");
  return bytes.subarray(0, width * 32);
}

function sendBytes(reply: FastifyReply, bytes: Uint8Array): FastifyReply {
  return reply.type("application/octet-stream").send(Readable.from([bytes]));
}
