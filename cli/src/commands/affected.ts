import { lstat, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { formatProof, inclusionProof, LedgerError, parseLeaf, type Leaf } from "@breakwater/ledger";
import {
  scopeOf,
  ScopeError,
  Story,
  type CustomerScope,
  type Directory,
  type LineRef,
  type ScopeQuery,
  type ScopeReport,
} from "@breakwater/scope";
import { fingerprintWords, SealError, verifyActor, type Trust } from "@breakwater/seal";
import { domainHash, isId, toBase64url, utf8 } from "@breakwater/wire";
import { customerText, scopeText } from "../affected-text.ts";
import { Mismatch } from "../log-copy.ts";
import { openMirror, readLog, type Mirror, type ReadLog } from "../mirror.ts";
import { PendingFile } from "../output.ts";
import { EXIT, fileTrouble, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const many = { type: "string", multiple: true } as const;
const OPTIONS = {
  mirror: { type: "string" },
  desk: { type: "string" },
  person: many,
  device: many,
  session: many,
  vendor: many,
  network: many,
  from: { type: "string" },
  to: { type: "string" },
  reports: { type: "string" },
  force: { type: "boolean" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

export const AFFECTED_HELP =
  "Usage: breakwater affected --mirror FOLDER (--person|--device|--session|--vendor|--network VALUE)… [--from TIME] [--to TIME] [--reports FOLDER] [--json]\nMore: breakwater --help\n";

/** Who was affected, out of a copy of the logs alone: no server and no database is asked. */
export async function affected(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values } = parseArgs({ args: [...args], options: OPTIONS });
  if (values.help === true) {
    await write(terminal.stdout, AFFECTED_HELP);
    return EXIT.ok;
  }
  if (values.mirror === undefined) throw new Unusable(`Name the copy of the logs. ${AFFECTED_HELP.split("\n")[0]}`);
  try {
    const mirror = await openMirror(values.mirror, values.desk, Date.now());
    const query = readQuery(values, mirror.trust);
    const read = await readAll(mirror, terminal.signal);
    const report = scopeOf(
      read.story,
      query,
      mirror.logs.filter((org) => org !== mirror.trust.desk.id),
      directoryOf(mirror.trust),
    );
    const opened = report.customers.flatMap(({ files }) => files.flatMap((file) => file.opened));
    const unsigned = await unsignedOf(report, read, mirror.trust);
    if (values.reports !== undefined)
      await writeReports(values.reports, values.force === true, { report, mirror, read });
    const summary = { entries: read.story.lines, logs: read.logs.size, opened: opened.length, unsigned };
    await write(
      terminal.stdout,
      values.json === true
        ? `${JSON.stringify({ desk: mirror.desk, ...summary, report })}\n`
        : scopeText(report, mirror.trust, summary, values.desk === undefined ? fingerprintWords(mirror.desk) : null),
    );
    return EXIT.ok;
  } catch (error) {
    if (error instanceof ScopeError) throw new Unusable(error.message, { cause: error });
    if (!(error instanceof Mismatch)) throw error;
    await write(terminal.stderr, `This copy of the logs cannot be believed. ${oneLine(error.message)}\n`);
    return EXIT.notVerified;
  }
}

interface Read {
  readonly story: Story;
  readonly logs: ReadonlyMap<string, ReadLog>;
  /** The entries that may be shown again: what opened something, was refused or listed. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
}

/** Most of a quiet log. Canonical text has its members in order, so the type can be seen without reading the rest. */
const BEAT = /"t":"log\.heartbeat","ts":"[0-9TZ:.-]+","v":1\}$/;
const SHOWN = /"t":"(key\.(release|deny)|file\.(list|meta|fetch)|case\.read|export\.[a-z]+)"/;

async function readAll(mirror: Mirror, signal: AbortSignal): Promise<Read> {
  const story = new Story();
  const logs = new Map<string, ReadLog>();
  const entries = new Map<string, Uint8Array>();
  for (const org of mirror.logs) {
    signal.throwIfAborted();
    const log = await readLog(mirror, org, (index, entry) => {
      const text = Buffer.from(entry.buffer, entry.byteOffset, entry.byteLength).toString("utf8");
      if (BEAT.test(text)) return story.pass();
      story.add({ org, index, leaf: leafOf(entry, org, index) });
      if (SHOWN.test(text)) entries.set(`${org} ${index}`, entry);
    });
    logs.set(org, log);
  }
  return { story, logs, entries };
}

function leafOf(entry: Uint8Array, org: string, index: number): Leaf {
  try {
    const leaf = parseLeaf(entry);
    if (leaf.org === org) return leaf;
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new Mismatch(`Entry ${index} of ${org} cannot be read: ${error.message} A newer breakwater may know it.`, {
      cause: error,
    });
  }
  throw new Mismatch(`Entry ${index} of ${org} names another organisation.`);
}

/** Openings whose act the named person's device did not sign: the server alone says that they happened. */
async function unsignedOf(report: ScopeReport, { entries }: Read, trust: Trust): Promise<number> {
  let unsigned = 0;
  for (const { org, files } of report.customers) {
    for (const { index } of files.flatMap(({ opened }) => opened)) {
      const entry = entries.get(`${org} ${index}`);
      if (entry === undefined) continue;
      try {
        await verifyActor(parseLeaf(entry), trust);
      } catch (error) {
        if (!(error instanceof SealError)) throw error;
        unsigned++;
      }
    }
  }
  return unsigned;
}

function directoryOf(trust: Trust): Directory {
  return { vendorOf: (user) => trust.person(user)?.vendor };
}

type Values = Readonly<Partial<Record<"person" | "device" | "session" | "vendor" | "network", string[]>>> & {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
};

function readQuery(values: Values, trust: Trust): ScopeQuery {
  return {
    people: (values.person ?? []).map((text) => personNamed(text, trust)),
    devices: values.device ?? [],
    // People copy a session's id out of a list; leaves carry its hash.
    sessions: (values.session ?? []).map((text) =>
      isId("session", text) ? toBase64url(domainHash("session", utf8(text))) : text,
    ),
    vendors: (values.vendor ?? []).map((text) => vendorNamed(text, trust)),
    networks: values.network ?? [],
    from: values.from === undefined ? 0 : timeOf("--from", values.from),
    to: values.to === undefined ? Date.now() : timeOf("--to", values.to),
  };
}

function personNamed(text: string, trust: Trust): string {
  if (isId("user", text)) return text;
  const named = trust.orgs.flatMap(({ id }) => trust.people(id)).filter(({ name }) => name === text);
  const [one] = named;
  if (one !== undefined && named.length === 1) return one.user;
  throw new Unusable(
    `--person ${oneLine(text).slice(0, 100)}: ${named.length === 0 ? "nobody" : "more than one person"} has this name; give the id (usr_…).`,
  );
}

function vendorNamed(text: string, trust: Trust): string {
  const named = trust.vendors.filter(({ vendor, name }) => vendor === text || name === text);
  const [one] = named;
  if (one !== undefined && named.length === 1) return one.vendor;
  throw new Unusable(`--vendor ${oneLine(text).slice(0, 100)}: there is no such vendor; give the id (ven_…).`);
}

function timeOf(option: string, text: string): number {
  const ms = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms)) throw new Unusable(`${option}: write the time in UTC, as 2026-01-21T00:25Z or 2026-01-21.`);
  return ms;
}

interface Whole {
  readonly report: ScopeReport;
  readonly mirror: Mirror;
  readonly read: Read;
}

/** For each affected customer what concerns it, and nothing of any other: lines with proofs, and the same in words. */
async function writeReports(folder: string, force: boolean, { report, mirror, read }: Whole): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => Promise.reject(fileTrouble(folder, error)));
  if (!(await lstat(folder)).isDirectory()) throw new Unusable(`${folder}: this is not a folder.`);
  for (const customer of report.customers) {
    if (customer.verdict === "none" && customer.refused.length === 0) continue;
    const log = read.logs.get(customer.org);
    if (log === undefined) continue;
    const lines = await Promise.all(linesOf(customer).map((line) => proven(line, customer.org, log, read)));
    const own = {
      v: 1,
      type: "scope",
      desk: mirror.desk,
      from: report.from,
      to: report.to,
      policies: report.policies,
      customer,
      lines,
    };
    await put(join(folder, `${customer.org}.json`), `${JSON.stringify(own, null, 1)}\n`, force);
    await put(join(folder, `${customer.org}.md`), customerText(report, customer, mirror.trust), force);
  }
}

function linesOf({ files, listed, refused }: CustomerScope): readonly LineRef[] {
  const lines = [...files.flatMap(({ opened }) => opened), ...listed, ...refused];
  return [...new Map(lines.map((line) => [line.index, line])).values()].sort((one, other) => one.index - other.index);
}

async function proven({ index }: LineRef, org: string, { checkpoint, note, tiles }: ReadLog, { entries }: Read) {
  const proof = await inclusionProof(index, checkpoint.size, tiles);
  return {
    index,
    entry: toBase64url(entries.get(`${org} ${index}`) ?? new Uint8Array(0)),
    proof: formatProof({ index, proof, checkpoint: note }),
  };
}

async function put(path: string, text: string, force: boolean): Promise<void> {
  const file = await PendingFile.create(path, force);
  await file.write(utf8(text));
  await file.publish();
}
