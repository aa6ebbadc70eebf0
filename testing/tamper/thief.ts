import { createDecipheriv } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import {
  contentKey,
  decrypt,
  isStatement,
  openCaseKey,
  parseStatement,
  partContext,
  partOf,
  readManifest,
  HAR_ROLES,
  unwrapShare,
  wrapOf,
} from "@breakwater/seal";
import type { CaseKeyBody, Manifest } from "@breakwater/seal";
import { createPglite } from "@breakwater/sql";
import { fromBase64url, toBase64url, type Json } from "@breakwater/wire";
import { sql as raw } from "kysely";

/** Bytes that a thief carries away. Names are paths inside the data directory. */
export interface Loot {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Every row of every table, as JSON; bytea as base64url. */
  readonly rows: readonly string[];
  /** Secrets that were not on any disk: a person's, unlocked. */
  readonly secrets: readonly string[];
}
export interface Taken {
  readonly candidates: number;
  /** Shares that opened, by kind. */
  readonly v: number;
  readonly r: number;
  /** Plaintext by part id. */
  readonly plain: ReadonlyMap<string, Uint8Array>;
}

/** Everything under a directory whose server is stopped. */
export async function readLoot(directory: string): Promise<Loot> {
  const files = new Map<string, Uint8Array>();
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const place = join(entry.parentPath, entry.name);
    files.set(place.slice(directory.length + 1).replaceAll(sep, "/"), readFileSync(place));
  }
  return { files, rows: await dump(join(directory, "sql")), secrets: [] };
}

async function dump(directory: string): Promise<readonly string[]> {
  const sql = await createPglite({ directory });
  try {
    const tables = await raw<{
      name: string;
    }>`select table_name as name from information_schema.tables where table_schema = 'public'`.execute(sql.db);
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const all = await raw<Record<string, unknown>>`select * from ${raw.table(name)}`.execute(sql.db);
      for (const row of all.rows)
        rows.push(
          JSON.stringify(row, (_, value: unknown) => (value instanceof Uint8Array ? toBase64url(value) : value)),
        );
    }
    return rows;
  } finally {
    await sql.close();
  }
}

/** One who knows the sources and tries every 32 bytes that could be a key, on everything that is locked. */
export async function steal({ files, rows, secrets }: Loot): Promise<Taken> {
  const texts = [
    ...rows,
    ...secrets,
    ...[...files]
      .filter(([name]) => !name.startsWith("blobs/") && !name.startsWith("sql/"))
      .map(([, bytes]) => Buffer.from(bytes).toString("latin1")),
  ];
  const keys = new Map<string, Uint8Array>();
  const add = (key: Uint8Array): void => void (key.length === 32 && keys.set(toBase64url(key), key));
  for (const text of texts) {
    for (const [token] of text.replaceAll("\\", "").matchAll(/(?<![\w-])[\w-]{43}(?![\w-])/g))
      add(new Uint8Array(Buffer.from(token, "base64url")));
    for (const [token] of text.matchAll(/(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])/g))
      add(new Uint8Array(Buffer.from(token, "hex")));
  }
  for (const [name, bytes] of files)
    if (!name.startsWith("blobs/") && !name.startsWith("sql/")) add(new Uint8Array(bytes));
  // The releaser's keys, sealed under its master key: AES-256-GCM with the file's name (releaser/src/keys.ts).
  for (const [name, sealed] of releaserFiles(files))
    for (const key of keys.values()) add(unseal(key, name, sealed) ?? new Uint8Array());

  const cases = caseKeys(rows);
  for (const body of cases) {
    for (const { to } of body.wraps)
      for (const key of keys.values()) add(await openCaseKey(body, to, key).catch(() => new Uint8Array()));
  }
  const plain = new Map<string, Uint8Array>();
  let [v, r] = [0, 0];
  for (const manifest of manifests(rows)) {
    for (const role of HAR_ROLES) {
      const { part } = partOf(manifest, role);
      const shareV = await anyShare(manifest, part, "v", keys);
      const shareR = await anyShare(manifest, part, "r", keys);
      if (shareV) v++;
      if (shareR) r++;
      const blob = [...files].find(([name]) => name.startsWith("blobs/") && name.endsWith(part))?.[1];
      if (!blob) continue;
      const place = { org: manifest.org, case: manifest.case, file: manifest.file, part, role };
      const context = partContext(place);
      // Whatever was found may be a content key itself, too.
      const tries = [...keys.values(), ...(shareV && shareR ? [contentKey({ v: shareV, r: shareR }, place)] : [])];
      for (const key of tries) {
        const opened = await decrypt(blob, { key: new Uint8Array(key), context }).catch(() => undefined);
        if (opened) plain.set(part, opened);
      }
    }
  }
  return { candidates: keys.size, v, r, plain };
}

async function anyShare(
  manifest: Manifest,
  part: string,
  kind: "v" | "r",
  keys: ReadonlyMap<string, Uint8Array>,
): Promise<Uint8Array | undefined> {
  const wrap = wrapOf(manifest, part, kind);
  for (const key of keys.values()) {
    const share = await unwrapShare(wrap, manifest, key).catch(() => undefined);
    if (share) return share;
  }
  return undefined;
}

function releaserFiles(files: ReadonlyMap<string, Uint8Array>): readonly (readonly [string, Uint8Array])[] {
  const found: (readonly [string, Uint8Array])[] = [];
  for (const [name, bytes] of files) {
    const simple = /^releaser\/(sign|witness)\.key$/.exec(name)?.[1];
    if (simple !== undefined) found.push([simple, bytes]);
    const caseId = /^releaser\/cases\/(\w+)\.json$/.exec(name)?.[1];
    if (caseId === undefined) continue;
    const { secret } = JSON.parse(Buffer.from(bytes).toString()) as { readonly secret: string };
    found.push([caseId, fromBase64url(secret)]);
  }
  return found;
}

function unseal(key: Uint8Array, name: string, sealed: Uint8Array): Uint8Array | undefined {
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, 12)).setAAD(
      Buffer.from(`breakwater/v1/releaser-key\0${name}`),
    );
    decipher.setAuthTag(sealed.subarray(-16));
    return new Uint8Array(Buffer.concat([decipher.update(sealed.subarray(12, -16)), decipher.final()]));
  } catch {
    return undefined;
  }
}

function manifests(rows: readonly string[]): readonly Manifest[] {
  return columns(rows, "manifest").map((text) => readManifest(JSON.parse(text) as Json).manifest);
}

function caseKeys(rows: readonly string[]): readonly CaseKeyBody[] {
  return columns(rows, "case_key").flatMap((text) => {
    const statement = parseStatement(JSON.parse(text) as Json);
    return isStatement("case.key", statement) ? [statement.body] : [];
  });
}

function columns(rows: readonly string[], name: string): readonly string[] {
  return rows.flatMap((row) => {
    const value = (JSON.parse(row) as Record<string, unknown>)[name];
    return typeof value === "string" ? [value] : [];
  });
}
