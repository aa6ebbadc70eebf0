import { schemas } from "@breakwater/contract";
import { DetailedError, Upload } from "tus-js-client";
import { ApiError, call, isApiError, proof, urlOf } from "../../api/index.ts";
import { type Engine, type Progress, type ReceiptJson, type SealedUpload } from "../../engine/index.ts";

/** Large enough that requests cost little, small enough that a cut connection loses little (reference: upload protocol). */
const CHUNK = 8 * 1024 * 1024;
const RETRIES = [0, 1000, 3000, 5000, 10_000, 20_000];

export interface Uploading {
  pause(): void;
  resume(): void;
  /** Resolves with the receipt once the server has and confirmed everything. */
  readonly done: Promise<ReceiptJson>;
}

/** Sends the sealed parts one after the other and finishes the file (docs/protocol.md 7). Safe to start again at any time. */
export function startUpload(
  engine: Engine,
  upload: SealedUpload,
  onProgress: (progress: Progress) => void,
  signal: AbortSignal,
): Uploading {
  const total = upload.parts.reduce((sum, part) => sum + part.ctSize, 0);
  const gate = new Gate();
  const run = async (): Promise<ReceiptJson> => {
    const urls = await announce(upload);
    let before = 0;
    for (const { part, ctSize } of upload.parts) {
      signal.throwIfAborted();
      const blob = await engine.sealedPart({ file: upload.file, part });
      const base = before;
      await sendPart(urls.get(part) ?? urlOf("upload", { part }), blob, gate, signal, (sent) =>
        onProgress({ done: base + sent, total }),
      );
      before += ctSize;
    }
    return finish(engine, upload);
  };
  return { pause: () => gate.pause(), resume: () => gate.resume(), done: run() };
}

/** Announces the file; a file that the server knows already is simply continued. */
async function announce(upload: SealedUpload): Promise<ReadonlyMap<string, string>> {
  try {
    const started = await call("files", { method: "POST", body: upload.body, answer: schemas.FileStarted });
    return new Map(started.uploads.map(({ part, url }) => [part, url]));
  } catch (error) {
    if (isApiError(error) && error.code === "request.conflict") return new Map();
    throw error;
  }
}

async function finish(engine: Engine, upload: SealedUpload): Promise<ReceiptJson> {
  const parts = upload.parts.map(({ role }) => role);
  const act = await engine.signAct({
    t: "file.create",
    org: upload.org,
    case: upload.case,
    file: upload.file,
    parts,
    man: upload.man,
  });
  return call("fileFinish", {
    method: "POST",
    params: { file: upload.file },
    body: { manifest: upload.manifest, act },
    answer: schemas.Receipt,
  });
}

function sendPart(
  uploadUrl: string,
  blob: Blob,
  gate: Gate,
  signal: AbortSignal,
  onSent: (sent: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const upload = new Upload(blob, {
      uploadUrl,
      chunkSize: CHUNK,
      retryDelays: RETRIES,
      storeFingerprintForResuming: false,
      removeFingerprintOnSuccess: true,
      async onBeforeRequest(request) {
        request.setHeader("DPoP", await proof(request.getMethod(), request.getURL()));
      },
      onProgress: (sent) => onSent(sent),
      onSuccess: () => settle(resolve),
      onError: (error) => settle(() => reject(asApiError(error))),
    });
    const settle = (then: () => void): void => {
      signal.removeEventListener("abort", stop);
      gate.current = undefined;
      then();
    };
    const stop = (): void => {
      void upload.abort();
      settle(() => reject(new ApiError("network.failed", "Cancelled.", { cause: signal.reason })));
    };
    signal.addEventListener("abort", stop, { once: true });
    gate.current = upload;
    if (!gate.paused) upload.start();
  });
}

/** Pausing stops the request that is under way; resuming asks the server how much it has and goes on from there. */
class Gate {
  current: Upload | undefined;
  paused = false;
  pause(): void {
    this.paused = true;
    void this.current?.abort();
  }
  resume(): void {
    this.paused = false;
    this.current?.start();
  }
}

function asApiError(error: Error): ApiError {
  const status = error instanceof DetailedError ? (error.originalResponse?.getStatus() ?? 0) : 0;
  const body = error instanceof DetailedError ? error.originalResponse?.getBody() : undefined;
  const problem = schemas.Problem.safeParse(parse(body));
  const code =
    problem.success && problem.data.code === "storage.full"
      ? "storage.full"
      : status === 0
        ? "network.failed"
        : "answer.unknown";
  return new ApiError(code, problem.success ? problem.data.message : "The upload was interrupted.", {
    status,
    cause: error,
  });
}

function parse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "");
  } catch {
    return undefined;
  }
}
