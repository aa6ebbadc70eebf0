import { openAsBlob } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { parseArgs } from "node:util";
import { blobSource, HarError, joinParts, type Source } from "@breakwater/har";
import {
  decryptStream,
  exportedSecret,
  fingerprintWords,
  openExportKeys,
  SealError,
  verifyCaseExport,
  type ExportKeys,
  type Role,
  type VerifiedExport,
  type VerifiedReceipt,
} from "@breakwater/seal";
import { deskCheck } from "../desk.ts";
import { openExport, sha256, type OpenedExport } from "../export.ts";
import { EXIT, fileTrouble, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const OPTIONS = {
  desk: { type: "string" },
  out: { type: "string" },
  passphrase: { type: "string" },
} as const;

export async function caseVerify(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const checked = await check(positionals, values.desk, terminal);
  if (checked === undefined) return EXIT.notVerified;
  const { verified, taken } = checked;
  const lines = [
    "This export verifies.",
    `Case ${taken.taken.case}, taken on ${taken.taken.created}: ${verified.files.length} files, ${verified.lines.length} lines of the log.`,
    ...verified.files.map(
      ({ file, at, index }) => `File ${file} was sealed on ${at}, line ${index}; every part is here, byte for byte.`,
    ),
    `Each line is in the log of ${verified.size} lines that the log signed and the witness cosigned.`,
    `Desk: ${fingerprintWords(taken.taken.desk).join(" ")}${values.desk === undefined ? " (compare these words with the desk's)" : ""}`,
  ];
  await write(terminal.stdout, lines.map((line) => `${oneLine(line)}\n`).join(""));
  return EXIT.ok;
}

export async function caseDecrypt(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  const { out } = values;
  if (out === undefined) throw new Unusable("Name the folder to make with --out.");
  const passphrase = await readPassphrase(values.passphrase);
  const checked = await check(positionals, values.desk, terminal);
  if (checked === undefined) return EXIT.notVerified;
  const { verified, taken } = checked;
  let keys: ExportKeys;
  try {
    keys = await openExportKeys(taken.taken.keys, passphrase, taken.taken.case);
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    throw new Unusable(error.message, { cause: error });
  }
  try {
    await mkdir(out, { mode: 0o700 });
  } catch (error) {
    throw fileTrouble(out, error);
  }
  const names = new Set<string>();
  for (const file of verified.files) {
    const name = freeName(keys.names[file.file] ?? file.file, names);
    await decryptFile(file, keys, taken, join(out, name));
    await write(terminal.stdout, `${oneLine(join(out, name))}\n`);
  }
  return EXIT.ok;
}

interface Checked {
  readonly taken: OpenedExport;
  readonly verified: VerifiedExport;
}

/** Undefined when it does not verify; the reason is on the error stream. */
async function check(
  positionals: readonly string[],
  desk: string | undefined,
  terminal: Terminal,
): Promise<Checked | undefined> {
  const [path] = positionals;
  if (path === undefined || positionals.length > 1) throw new Unusable("Name one export.");
  const taken = await openExport(path).catch((error: unknown) => {
    if (error instanceof SealError) throw new Unusable(`${path}: ${error.message}`, { cause: error });
    throw error;
  });
  const refuse = async (reason: string): Promise<undefined> => {
    await write(terminal.stderr, `This export does not verify. ${oneLine(reason)}\n`);
    return undefined;
  };
  if (desk !== undefined && !deskCheck(desk)(taken.taken.desk))
    return refuse("It is from another support desk than the one you named with --desk.");
  try {
    const verified = await verifyCaseExport(taken.taken, [taken.taken.desk]);
    for (const { manifest } of verified.files) {
      for (const { part, role, ctSha256, ctSize } of manifest.parts) {
        if (!taken.hasPart(part)) return await refuse(`The part "${role}" (${part}) is missing.`);
        const { hash, size } = await sha256(taken.part(part));
        if (hash !== ctSha256 || size !== ctSize) return await refuse(`The part "${role}" (${part}) was changed.`);
      }
    }
    return { taken, verified };
  } catch (error) {
    if (!(error instanceof SealError)) throw error;
    return refuse(error.message);
  }
}

async function readPassphrase(file: string | undefined): Promise<string> {
  const given = process.env["BREAKWATER_PASSPHRASE"];
  if (file === undefined && given !== undefined && given !== "") return given;
  if (file === undefined)
    throw new Unusable("Give the export's passphrase in BREAKWATER_PASSPHRASE or --passphrase FILE.");
  try {
    return (await readFile(file, "utf8")).replace(/\r?\n$/, "");
  } catch (error) {
    throw fileTrouble(file, error);
  }
}

/** A HAR is put together again; what is no HAR is written part by part. */
async function decryptFile(
  { manifest }: VerifiedReceipt,
  keys: ExportKeys,
  taken: OpenedExport,
  target: string,
): Promise<void> {
  const folder = `${target}.parts`;
  await mkdir(folder, { mode: 0o700 });
  const written = new Map<Role, string>();
  for (const { part, role } of manifest.parts) {
    const secret = exportedSecret(manifest, role, keys);
    if (!secret) continue;
    const path = join(folder, role);
    await writeStream(path, decryptStream(taken.part(part), secret));
    written.set(role, path);
  }
  const [index, headers] = [written.get("index"), written.get("headers")];
  const whole = written.get("text") ?? written.get("raw");
  if (whole !== undefined) await rename(whole, target);
  else if (index === undefined || headers === undefined || !(await joined(written, index, headers, target))) return;
  await rm(folder, { recursive: true });
}

async function joined(
  written: ReadonlyMap<Role, string>,
  index: string,
  headers: string,
  target: string,
): Promise<boolean> {
  const source = async (path: string): Promise<Source> => blobSource(await openAsBlob(path));
  const maybe = async (role: Role): Promise<Source | undefined> => {
    const path = written.get(role);
    return path === undefined ? undefined : source(path);
  };
  const file = await open(target, "wx", 0o600);
  try {
    await joinParts(
      {
        index: await source(index),
        headers: await source(headers),
        requestBodies: await maybe("requestBodies"),
        responseBodies: await maybe("responseBodies"),
      },
      {
        async write(chunk) {
          await file.write(chunk);
        },
      },
    );
    return true;
  } catch (error) {
    if (!(error instanceof HarError)) throw error;
    await rm(target, { force: true });
    return false;
  } finally {
    await file.close();
  }
}

async function writeStream(path: string, bytes: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, "wx", 0o600);
  try {
    for await (const chunk of bytes) await file.write(chunk);
  } catch (error) {
    await rm(path, { force: true });
    if (error instanceof SealError) throw new Unusable(error.message, { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

/** A name that somebody else chose: without folders, without what acts on a terminal, and once. */
function freeName(wanted: string, names: Set<string>): string {
  const plain = basename(oneLine(wanted).replaceAll("\\", "/")).replace(/^\.+/, "").slice(0, 120).trim() || "file";
  for (let at = 1; ; at++) {
    const name = at === 1 ? plain : `${at}-${plain}`;
    if (names.has(name)) continue;
    names.add(name);
    return name;
  }
}
