import { Unzip, UnzipInflate } from "fflate";
import { HarError } from "./error.ts";

type State = "before" | "inside" | "after";

/** Far beyond any recorder's. */
const MAX_FILES = 1_000_000;

/**
 * The recording inside a ZIP archive (Playwright writes `har.har` beside one file per body). Only the first `.har` is read; attached
 * bodies stay behind: the sanitised file names them (`_file`) and does not hold them.
 */
export async function* unzipped(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  let state: State = "before";
  let failed = false;
  let files = 0;
  const archive = new Unzip((file) => {
    files++;
    if (state !== "before" || !/\.har$/i.test(file.name)) return;
    state = "inside";
    file.ondata = (error, data, final) => {
      failed ||= error !== null;
      if (data !== undefined && data.length > 0) ready.push(data);
      if (final) state = "after";
    };
    file.start();
  });
  archive.register(UnzipInflate);
  try {
    for await (const chunk of chunks) {
      push(archive, chunk, false);
      if (failed || files > MAX_FILES) throw damaged();
      const out = ready;
      ready = [];
      // The rest is read too, though not opened: who hashes or counts the file's bytes must see all of them.
      yield* out;
    }
    push(archive, new Uint8Array(0), true);
    yield* ready;
  } finally {
    await chunks.return(undefined);
  }
  if (is(state, "after")) return;
  if (is(state, "inside")) throw damaged();
  throw new HarError("har.notHar", "The ZIP archive holds no file whose name ends in .har.");
}

/** The state changes in a callback, which the compiler does not see. */
function is(state: State, wanted: State): boolean {
  return state === wanted;
}

function push(archive: Unzip, chunk: Uint8Array, final: boolean): void {
  try {
    archive.push(chunk, final);
  } catch {
    throw damaged();
  }
}

function damaged(): HarError {
  return new HarError("har.compression", "The ZIP archive is damaged, cut short, or of a kind that cannot be read.");
}
