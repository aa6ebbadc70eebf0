// node tools/backup.mjs take|check|restore: copies of a data directory, with a hash of every file. docs/guides/backup.md.
import { createHash } from "node:crypto";
import {
  cpSync,
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join, relative, resolve, sep } from "node:path";

/** The two go to different hands: each alone opens nothing. */
const PARTS = { server: ["sql", "blobs", "keys", "uploads"], releaser: ["releaser"] };
/** Whoever holds an old copy of the releaser holds keys that were shredded since. */
const RELEASER_DAYS = 7;
const USAGE = `Usage: node tools/backup.mjs take DATA FOLDER [server|releaser]
       node tools/backup.mjs check BACKUP
       node tools/backup.mjs restore BACKUP DATA`;

class Refused extends Error {}

async function take(data, folder, only) {
  const names = only === undefined ? Object.keys(PARTS) : [only];
  if (names.some((name) => !Object.hasOwn(PARTS, name))) throw new Refused(USAGE);
  notRunning(data);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const name of names) {
    const stamp = new Date().toISOString().replace(/[:.]/g, "-");
    const target = join(folder, `${name}-${stamp}`);
    const unfinished = `${target}.unfinished`;
    for (const part of PARTS[name]) {
      if (existsSync(join(data, part)))
        cpSync(join(data, part), join(unfinished, part), { recursive: true, filter: (path) => !isLock(path) });
    }
    if (!existsSync(unfinished)) throw new Refused(`${data} has nothing of the ${name}.`);
    const files = await hashes(unfinished);
    writeFileSync(join(unfinished, "backup.json"), JSON.stringify({ v: 1, part: name, taken: stamp, files }, null, 1));
    // Its name says that it is whole.
    renameSync(unfinished, target);
    console.log(`${target}: ${Object.keys(files).length} files`);
    if (name === "releaser") forgetOld(folder);
  }
}

/** Older copies of the releaser are removed: shredding is final when the last of them is gone. */
function forgetOld(folder) {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith("releaser-")) continue;
    const path = join(folder, name);
    if (Date.now() - statSync(path).mtimeMs < RELEASER_DAYS * 86_400_000) continue;
    rmSync(path, { recursive: true });
    console.log(`${path}: older than ${RELEASER_DAYS} days, removed`);
  }
}

async function check(backup) {
  const manifest = join(backup, "backup.json");
  if (!existsSync(manifest)) throw new Refused(`${backup} is no backup, or was not finished.`);
  const { v, part, files } = JSON.parse(readFileSync(manifest, "utf8"));
  if (v !== 1 || !Object.hasOwn(PARTS, part)) throw new Refused(`${manifest} is of another program.`);
  const found = await hashes(backup);
  for (const name of new Set([...Object.keys(files), ...Object.keys(found)]))
    if (files[name] !== found[name]) throw new Refused(`${join(backup, name)} is missing, or was changed.`);
  console.log(`${backup}: whole, ${Object.keys(files).length} files of the ${part}`);
  return part;
}

async function restore(backup, data) {
  const part = await check(backup);
  notRunning(data);
  for (const name of PARTS[part])
    if (existsSync(join(data, name)))
      throw new Refused(`${join(data, name)} exists. Move it away first: a restore overwrites nothing.`);
  for (const name of PARTS[part])
    if (existsSync(join(backup, name))) cpSync(join(backup, name), join(data, name), { recursive: true });
  console.log(`${data}: the ${part} is restored. Start it, and open a file that you know.`);
}

async function hashes(folder) {
  const files = {};
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).replaceAll(sep, "/");
    if (!entry.isFile() || name === "backup.json") continue;
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(path)) hash.update(chunk);
    files[name] = hash.digest("hex");
  }
  return files;
}

const isLock = (path) => /(^|[/\\])(lock|\w+\.lock|postmaster\.pid)$/.test(path);

/** A copy of files that change under it is worth nothing. */
function notRunning(data) {
  for (const path of [join(data, "sql.lock"), join(data, "sql/lock"), join(data, "releaser/lock")]) {
    const pid = existsSync(path) ? Number.parseInt(readFileSync(path, "utf8"), 10) : 0;
    if (pid > 0 && lives(pid)) throw new Refused(`Process ${pid} uses ${data}. Stop it first.`);
  }
}

function lives(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

const [verb, from, to, only] = process.argv.slice(2);
try {
  if (verb === "take" && from && to) await take(resolve(from), resolve(to), only);
  else if (verb === "check" && from) await check(resolve(from));
  else if (verb === "restore" && from && to) await restore(resolve(from), resolve(to));
  else throw new Refused(USAGE);
} catch (error) {
  if (!(error instanceof Refused)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
