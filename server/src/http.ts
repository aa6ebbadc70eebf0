import { ERROR_STATUS, PATHS, type ErrorCode, type schemas } from "@breakwater/contract";
import { BlobError } from "@breakwater/blobs";
import { SqlError } from "@breakwater/sql";
import fastifySwagger from "@fastify/swagger";
import {
  createJsonSchemaTransform,
  hasZodFastifySchemaValidationErrors,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from "@fastify/type-provider-zod";
import Fastify, { type FastifyReply, type FastifyRequest } from "fastify";
import type { z } from "zod";
import { Problem } from "./errors.ts";
import { answerHeaders } from "./headers.ts";
import { checkTraced } from "./leaves.ts";
import { endSlowBody } from "./slow.ts";
import type { App } from "./session.ts";

const KIB = 1024;
/** Enrolment is the largest body that is read whole: eight statements and a sealed identity. Uploads stream. */
const BODY_LIMIT = 1024 * KIB;
const HEADERS_MS = 20_000;
const BODY_MS = 60_000;
/** Longer than the beat of the news (events.ts) and than an opening waits for the releaser. */
const SILENCE_MS = 120_000;
const STREAMED: ReadonlySet<string> = new Set([PATHS.uploads, PATHS.upload]);

export interface HttpOptions {
  readonly version: string;
  readonly logLevel: string;
  /** Whether people reach the server over https. */
  readonly secure: boolean;
  readonly trustedProxies: readonly string[];
}

export async function createHttp({ version, logLevel, secure, trustedProxies }: HttpOptions): Promise<App> {
  const app: App = Fastify({
    bodyLimit: BODY_LIMIT,
    // Uploads may take hours. Who sends nothing for a while is let go; other bodies have endSlowBody below.
    requestTimeout: 0,
    connectionTimeout: SILENCE_MS,
    keepAliveTimeout: 60_000,
    forceCloseConnections: true,
    // Addresses come from the connection: a header that anybody can set decides nothing, unless the operator's own proxy set it.
    trustProxy: trustedProxies.length === 0 ? false : [...trustedProxies],
    routerOptions: { maxParamLength: 256 },
    logger: {
      level: logLevel,
      serializers: { req: requestLine, res: ({ statusCode }) => ({ statusCode }), err: errorLine, cause: causeLine },
    },
  }).withTypeProvider<ZodTypeProvider>();
  app.server.headersTimeout = HEADERS_MS;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  const headers = answerHeaders(secure);
  app.addHook("onRequest", async (request, reply) => {
    reply.headers(headers);
    if (!STREAMED.has(request.routeOptions.url ?? "")) endSlowBody(request.raw, BODY_MS);
  });
  app.addHook("onRoute", ({ method, url }) => {
    for (const one of [method].flat()) checkTraced(one, url);
  });
  app.setErrorHandler((error: unknown, request, reply) => answerError(error, request, reply));
  app.setNotFoundHandler((_, reply) =>
    sendProblem(reply, new Problem("request.notFound", "There is nothing at this address.")),
  );
  await app.register(fastifySwagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Breakwater",
        version,
        description:
          "Every request but those of `entrance` and `status` carries the session's cookie and a DPoP proof (RFC 9449) by the session's device key. See docs/protocol.md.",
      },
      components: { securitySchemes: { session: { type: "apiKey", in: "cookie", name: "__Host-breakwater" } } },
    },
    transform: createJsonSchemaTransform({ skipList: [PATHS.openapi] }),
  });
  app.get(PATHS.openapi, { schema: { hide: true } }, async () => app.swagger());
  return app;
}

/** Method and path, and nothing else of a request: queries, headers and bodies may hold what no log may. */
function requestLine(request: FastifyRequest): { readonly method: string; readonly path: string } {
  return { method: request.method, path: request.url.split("?", 1)[0] ?? "" };
}

type ErrorLine = Readonly<Record<"type" | "message" | "stack" | "code", string>>;

function causeLine(cause: unknown): ErrorLine | string {
  return cause instanceof Error ? errorLine(cause) : typeof cause;
}

/** Nothing else of an error either: a library's may carry the values of a query, or the request, as members. */
function errorLine(error: Error): ErrorLine {
  const { name, message, stack = "" } = error;
  return { type: name, code: "code" in error ? String(error.code) : "", message, stack };
}

async function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const problem = problemOf(error);
  if (problem.status >= 500)
    request.log.error({ err: error, cause: error instanceof Error ? error.cause : undefined }, "request failed");
  if (reply.raw.headersSent) {
    reply.raw.destroy();
    return reply;
  }
  return sendProblem(reply, problem);
}

/** The one table from what went wrong to what the client is told. What is not known here tells nothing about the inside. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (hasZodFastifySchemaValidationErrors(error)) {
    const where = error.validation
      .slice(0, 3)
      .map(({ instancePath, message }) => `${instancePath || "/"}: ${message ?? "not as expected"}`);
    return new Problem("request.invalid", `The request does not have the expected form. ${where.join("; ")}.`);
  }
  if (error instanceof SqlError && error.code === "sql.conflict")
    return new Problem("request.conflict", "Somebody changed the same thing at this moment. Try again.", {
      cause: error,
    });
  if (
    (error instanceof SqlError && error.code === "sql.full") ||
    (error instanceof BlobError && error.code === "blob.full")
  ) {
    return new Problem("storage.full", "The server's disk is full. Nothing was stored.", { cause: error });
  }
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 413) return new Problem("request.tooLarge", "The request is larger than this address accepts.");
  if (typeof status === "number" && status >= 400 && status < 500)
    return new Problem("request.invalid", "The request cannot be read.", { cause: error });
  return new Problem("server.failed", "The server failed. Its log says why.", { cause: error });
}

export function sendProblem(reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, message, help, leaf, denial } = problem;
  const status: Record<ErrorCode, number> = ERROR_STATUS;
  const body: z.output<typeof schemas.Problem> = {
    code,
    message,
    ...(help === undefined ? {} : { help }),
    ...(leaf === undefined ? {} : { leaf }),
    ...(denial === undefined
      ? {}
      : {
          rule: denial.rule,
          ...(denial.remedy === undefined ? {} : { remedy: denial.remedy }),
          ...(denial.ask.length === 0 ? {} : { ask: [...denial.ask] }),
        }),
  };
  return reply.code(status[code]).type("application/json; charset=utf-8").send(JSON.stringify(body));
}
