import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { readFault } from "./error.ts";
import type { WorkerAnswer, WorkerRequest } from "./pglite.ts";

/** PGlite runs here because a long query would stop everything else on the thread that it runs on. */
const INT8 = 20;
const port = parentPort;
if (port === null) throw new Error("pglite-worker.ts runs as a worker thread only.");
const { directory } = workerData as { readonly directory: string };

const db = new PGlite({ dataDir: directory, parsers: { [INT8]: Number } });

async function answer(request: WorkerRequest): Promise<WorkerAnswer> {
  try {
    if (request.text === null) {
      await db.close();
      return { id: request.id, rows: [], affected: null };
    }
    const result = await db.query<Record<string, unknown>>(request.text, [...request.values]);
    return { id: request.id, rows: result.rows, affected: result.affectedRows ?? null };
  } catch (error) {
    return { id: request.id, fault: readFault(error) };
  }
}

try {
  await db.waitReady;
  port.on("message", (request: WorkerRequest) => void answer(request).then((result) => port.postMessage(result)));
  port.postMessage({ id: 0, rows: [], affected: null } satisfies WorkerAnswer);
} catch (error) {
  port.postMessage({ id: 0, fault: readFault(error) } satisfies WorkerAnswer);
}
