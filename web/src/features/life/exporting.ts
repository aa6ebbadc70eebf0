import { schemas } from "@breakwater/contract";
import type { CaseExport, ExportedFile, ExportedLines } from "@breakwater/seal";
import { tarEnd, tarHeader, tarPadding } from "@breakwater/seal";
import { utf8 } from "@breakwater/wire";
import { z } from "zod";
import { call, getEngine, withFresh, type CaseView, type FileRow } from "../../api/index.ts";
import { download } from "../../preview/download.ts";
import { readFacts } from "../cases/manifest.ts";
import { fetchPart, open, rolesOfFile } from "../view/opening.ts";

const Part = z.object({ parts: z.array(z.object({ part: z.string(), role: z.enum(schemas.PART_ROLES) })) });
const Receipt = z.object({
  desk: z.string(),
  manifest: schemas.SignedManifest,
  leaf: z.string(),
  proof: z.string(),
});
const PAGE = 200;

/** A tar in this browser's private storage: the case may be larger than its memory. */
class Archive {
  readonly #out: FileSystemWritableFileStream;
  readonly #file: FileSystemFileHandle;
  readonly #time = Math.floor(Date.now() / 1000);
  private constructor(file: FileSystemFileHandle, out: FileSystemWritableFileStream) {
    this.#file = file;
    this.#out = out;
  }

  static async create(name: string): Promise<Archive> {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle("exports", { create: true });
    // What an earlier export left: a download is over when the next begins.
    for await (const old of folder.keys()) await folder.removeEntry(old);
    const file = await folder.getFileHandle(name, { create: true });
    return new Archive(file, await file.createWritable());
  }

  async add(name: string, content: Blob): Promise<void> {
    await this.#out.write(tarHeader({ name, size: content.size }, this.#time));
    await this.#out.write(content);
    await this.#out.write(tarPadding(content.size));
  }

  async close(): Promise<File> {
    await this.#out.write(tarEnd());
    await this.#out.close();
    return this.#file.getFile();
  }

  async abort(): Promise<void> {
    await this.#out.abort();
  }
}

/**
 * Protocol 14: the case with its proofs, as one file. Each file of it is opened like any other, so each is a line in the
 * log; the keys stay in the engine until they are locked with the passphrase.
 */
export async function exportCase(
  view: CaseView,
  passphrase: string,
  onFile: (done: number, of: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const { org, case: caseId, number } = view.case;
  const files = view.files.filter((file) => file.state === "sealed" && file.deleted === null);
  const engine = await getEngine();
  await withFresh(async () => {
    const act = await engine.signAct({ t: "export.case", org, case: caseId, n: files.length });
    await call("caseExport", { method: "POST", params: { case: caseId }, body: { act } });
  });
  const archive = await Archive.create(`case-${number}.tar`);
  const handles: string[] = [];
  try {
    const taken: ExportedFile[] = [];
    let desk = "";
    for (const [at, file] of files.entries()) {
      onFile(at, files.length);
      const { handle, receipt } = await addFile(archive, view, file, signal);
      handles.push(handle);
      desk = receipt.desk;
      const { manifest, leaf, proof } = receipt;
      // The manifest was checked when the receipt was read by the engine at upload; whoever verifies checks it again.
      taken.push({ manifest: manifest as unknown as ExportedFile["manifest"], leaf, proof });
    }
    onFile(files.length, files.length);
    const body: CaseExport = {
      v: 1,
      t: "case-export",
      desk: desk === "" ? (await engine.openTrust({ statements: view.statements })).desk.fingerprint : desk,
      org,
      case: caseId,
      created: new Date().toISOString(),
      statements: view.statements as unknown as CaseExport["statements"],
      files: taken,
      lines: await linesOf(caseId, signal),
      keys: await engine.exportKeys({ handles, case: caseId, passphrase, names: await namesOf(view, files) }),
    };
    await archive.add("export.json", new Blob([utf8(JSON.stringify(body))]));
    download(`breakwater-case-${number}.tar`, await archive.close());
  } catch (error) {
    await archive.abort().catch(() => undefined);
    throw error;
  } finally {
    for (const handle of handles) await engine.dropRelease({ handle });
  }
}

async function addFile(archive: Archive, view: CaseView, file: FileRow, signal: AbortSignal) {
  const opened = await open(
    {
      view,
      file,
      roles: rolesOfFile(file),
      purpose: "own-file",
      text: "",
      minutes: 60,
      uses: 1,
      staff: false,
    },
    () => undefined,
    signal,
  );
  const { parts } = Part.parse(file.manifest?.manifest);
  for (const { part, role } of parts) await archive.add(`parts/${part}`, await fetchPart(file, role, signal));
  const receipt = await call("fileReceipt", { params: { file: file.file }, answer: Receipt, signal });
  return { handle: opened.handle, receipt };
}

/** Every line about the case, page by page, each with the checkpoint that it is proven under. */
async function linesOf(caseId: string, signal: AbortSignal): Promise<ExportedLines[]> {
  const pages: ExportedLines[] = [];
  for (let before: number | undefined; ;) {
    const { checkpoint, entries } = await call("access", {
      query: { case: caseId, limit: PAGE, before },
      answer: schemas.Access,
      signal,
    });
    pages.push({ checkpoint, entries });
    before = entries.at(-1)?.index;
    if (entries.length < PAGE || before === undefined) return pages;
  }
}

async function namesOf(view: CaseView, files: readonly FileRow[]): Promise<Readonly<Record<string, string>>> {
  const engine = await getEngine();
  const { org, case: caseId, key } = view.case;
  const known = files.flatMap((file) => {
    const facts = readFacts(file);
    return facts ? [{ file: file.file, sealed: facts.name }] : [];
  });
  const texts = await engine.openTexts({
    items: known.map(({ file, sealed }) => ({ kind: "name", sealed, place: { org, case: caseId, file } })),
    keys: [key],
  });
  return Object.fromEntries(
    known.map(({ file }, at) => {
      const text = texts[at];
      return [file, text && "text" in text ? text.text : file];
    }),
  );
}
