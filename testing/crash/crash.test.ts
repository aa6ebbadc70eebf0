import { randomInt } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { leafHash } from "@breakwater/ledger";
import { partOf, HAR_ROLES } from "@breakwater/seal";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { afterAll, beforeAll, expect, it } from "vitest";
import { DeskClient } from "../src/desk-client.ts";
import { Auditor, type Logged } from "./audit.ts";
import { Acknowledged, opening, openOnce, uploading } from "./crowd.ts";
import { Gate } from "./gate.ts";
import { alive, House, until } from "./house.ts";

const KILLS = Number(process.env["BREAKWATER_KILLS"] ?? 50);
const SERVER_KILLS = Math.round(KILLS * 0.6);
const CUSTOMERS = 2;
const ENGINEERS = 2;
const WORKERS = 2 * CUSTOMERS + ENGINEERS;

let house: House;
let customers: DeskClient[];
let engineers: DeskClient[];
let auditors: Auditor[];
const known = new Acknowledged();
const gate = new Gate(WORKERS);
const figures = { starts: [] as number[], releaserBack: [] as number[], releaserGone: [] as number[] };

beforeAll(async () => {
  house = await House.build();
  figures.starts.push(await house.start());
  const target = { url: house.url };
  const admin = await DeskClient.enrol(target, house.enrolment, { name: "Admin", email: "admin@desk.test" });
  const enrol = async (name: string, to: Parameters<DeskClient["invite"]>[0]): Promise<DeskClient> =>
    DeskClient.enrol(target, await admin.invite(to), { name, email: `${name}@example.test` });
  customers = [];
  engineers = [];
  for (let i = 0; i < CUSTOMERS; i++) customers.push(await enrol(`customer${i}`, { for: "customer", role: "admin" }));
  for (let i = 0; i < ENGINEERS; i++) engineers.push(await enrol(`engineer${i}`, { for: "staff", role: "engineer" }));
  auditors = [...customers.map((customer) => new Auditor(customer, customer.org)), new Auditor(admin, admin.org)];
}, 120_000);
afterAll(() => house?.destroy());

it(
  `INVARIANT 1, 5, 9: ${KILLS} kill -9 of server and releaser during upload and release lose nothing acknowledged and release nothing unlogged`,
  { timeout: 900_000 },
  async () => {
    let over = false;
    const isOver = (): boolean => over;
    const crowd = Promise.all([
      ...customers.flatMap((customer) => [
        uploading(customer, known, gate, isOver),
        uploading(customer, known, gate, isOver),
      ]),
      ...engineers.map((engineer) => opening(engineer, known, gate, isOver)),
    ]);
    // A worker that fails must end the test with its reason, not stall the others at the gate.
    const working = <T>(step: Promise<T>): Promise<T> => Promise.race([step, crowd.then(() => step)]);

    for (let kill = 0; kill < KILLS; kill++) {
      gate.open();
      await working(sleep(100 + randomInt(800)));
      // Spread evenly, the server's kills first: SERVER_KILLS of KILLS.
      const isServer = Math.floor(((kill + 1) * SERVER_KILLS) / KILLS) > Math.floor((kill * SERVER_KILLS) / KILLS);
      if (isServer) await working(killServer());
      else await working(killReleaser());
      await working(check(kill, isServer));
    }

    over = true;
    gate.open();
    await crowd;
    const logs = await logged();
    for (const auditor of auditors) await auditor.pages();
    await openEverything(logs);
    report(logs);
  },
);

async function killServer(): Promise<void> {
  const releaser = house.releaserPid() ?? 0;
  await house.stop("SIGKILL");
  const gone = Date.now();
  const idle = gate.close();
  figures.starts.push(await house.start());
  expect(alive(releaser), "the releaser outlived its server").toBe(false);
  figures.releaserGone.push(Date.now() - gone);
  await idle;
}

async function killReleaser(): Promise<void> {
  const releaser = house.releaserPid() ?? 0;
  process.kill(releaser, "SIGKILL");
  const idle = gate.close();
  const customer = customers[0];
  const back = async (): Promise<boolean> => {
    if (!customer || house.releaserPid() === releaser) return false;
    // A checkpoint is cosigned again.
    return customer.browser.send("GET", `/log/${customer.org}/checkpoint`).then(({ ok }) => ok);
  };
  figures.releaserBack.push(await until(back, 60_000));
  await idle;
}

/** Everything that must hold when nothing is under way. */
async function check(kill: number, isServer: boolean): Promise<void> {
  const logs = await logged();
  const leaves = [...logs.values()].flat();
  const sealed = checkLeaves(leaves);
  checkReleases(logs);
  await checkViews(sealed);
  checkDisk(sealed, isServer);
  expect(known.faults).toEqual([]);
  const kept = known.files[randomInt(Math.max(1, known.files.length))];
  const owner = customers.find(({ org }) => org === kept?.case.org);
  if (kept && owner)
    expect(await openOnce(owner, kept, known, passing, null, ["index"]), `after kill ${kill}`).toBe("opened");
}

/** For what the test itself asks: the server is up, and a broken answer is a failure. */
const passing = Object.assign(new Gate(0), { insist: <T>(ask: () => Promise<T>): Promise<T> => ask() });

async function logged(): Promise<ReadonlyMap<string, readonly Logged[]>> {
  const logs = new Map<string, readonly Logged[]>();
  for (const auditor of auditors) logs.set(auditor.log, await auditor.audit());
  return logs;
}

/** One creation and one finish for each sealed file, together and in this order. Gives the files that the log says are sealed. */
function checkLeaves(leaves: readonly Logged[]): ReadonlySet<string> {
  const sealed = new Set<string>();
  for (const [i, { leaf }] of leaves.entries()) {
    if (leaf.t !== "file.create") continue;
    expect(sealed.has(leaf.file ?? ""), "a file was created twice").toBe(false);
    sealed.add(leaf.file ?? "");
    expect(leaves[i + 1]?.leaf).toMatchObject({ t: "file.finish", file: leaf.file, man: leaf.man });
  }
  expect(leaves.filter(({ leaf }) => leaf.t === "file.finish")).toHaveLength(sealed.size);
  const opened = leaves.filter(({ leaf }) => leaf.t === "case.open").map(({ leaf }) => leaf.case);
  expect(new Set(opened).size).toBe(opened.length);
  for (const row of known.cases) expect(opened).toContain(row.case);
  for (const { receipt, signed } of known.files) {
    expect(sealed.has(signed.manifest.file), "an acknowledged file has no leaf").toBe(true);
    const hash = toBase64url(leafHash(fromBase64url(receipt.leaf)));
    expect(leaves.filter((one) => one.hash === hash)).toHaveLength(1);
  }
  for (const { signed } of known.grants) {
    expect(
      leaves.filter(({ leaf }) => leaf.t === "grant.request" && leaf.grant === signed.grant.id).length,
    ).toBeGreaterThan(0);
  }
  return sealed;
}

/** What the releaser says it released, and what readers received, is a part of what is logged as allowed. */
function checkReleases(logs: ReadonlyMap<string, readonly Logged[]>): void {
  const allowed = new Set<string>();
  for (const { leaf, hash } of [...logs.values()].flat())
    if (leaf.t === "key.release" && leaf.pol?.dec === "allow") allowed.add(hash);
  const released = journal();
  for (const leaf of released) expect(allowed.has(leaf), "the releaser released a share without a leaf").toBe(true);
  const uses = new Map<string, number>();
  for (const { leaf, org, index, grant } of known.releases) {
    expect(released.has(leaf), "the releaser forgot a release").toBe(true);
    expect(logs.get(org)?.[index]?.hash).toBe(leaf);
    if (grant !== null) uses.set(grant, (uses.get(grant) ?? 0) + 1);
  }
  for (const count of uses.values()) expect(count).toBeLessThanOrEqual(2);
}

/** Leaf hashes in the releaser's journal; a line that was cut short was never answered for. */
function journal(): ReadonlySet<string> {
  const lines = readFileSync(join(house.directory, "releaser/journal.jsonl"), "utf8").split("\n").slice(0, -1);
  const records = lines.map((line) => JSON.parse(line) as { readonly t: string; readonly leaf?: string });
  return new Set(records.flatMap(({ t, leaf }) => (t === "release" && leaf !== undefined ? [leaf] : [])));
}

/** Sealed to everybody, or an upload that its uploader alone sees: nothing in between. */
async function checkViews(sealed: ReadonlySet<string>): Promise<void> {
  const shown = new Set<string>();
  const engineer = engineers[0];
  for (const row of known.cases) {
    const owner = customers.find(({ org }) => org === row.org);
    const files = (await owner?.view(row.case))?.files ?? [];
    for (const { file, state, manifest } of files) {
      expect(state === "sealed", `${file} is ${state}`).toBe(sealed.has(file));
      expect(manifest !== null).toBe(state === "sealed");
      if (state === "sealed") shown.add(file);
    }
    const { files: seen, grants } = (await engineer?.view(row.case)) ?? { files: [], grants: [] };
    expect(seen.map(({ file }) => file).toSorted()).toEqual(
      files
        .filter(({ state }) => state === "sealed")
        .map(({ file }) => file)
        .toSorted(),
    );
    const mine = known.grants.filter(({ by, signed }) => by === engineer && signed.grant.case === row.case);
    const ids = grants.map((one) => (one["grant"] as { readonly id: string }).id);
    if (mine.length < 200) for (const { signed } of mine) expect(ids).toContain(signed.grant.id);
  }
  for (const { signed } of known.files)
    expect(shown.has(signed.manifest.file), "an acknowledged file is gone").toBe(true);
}

/** After a start the disk holds the parts of sealed files, what is still being uploaded, and nothing else. */
function checkDisk(sealed: ReadonlySet<string>, isFresh: boolean): void {
  const { stored, incoming } = house.blobs();
  expect(stored.length).toBeGreaterThanOrEqual(HAR_ROLES.length * sealed.size);
  const kept = new Set(
    known.files.flatMap(({ signed }) => HAR_ROLES.map((role) => partOf(signed.manifest, role).part)),
  );
  for (const part of kept) expect(stored).toContain(part);
  if (!isFresh) return;
  expect(stored).toHaveLength(HAR_ROLES.length * sealed.size);
  expect(incoming).toEqual([]);
  for (const part of house.staged()) expect(kept.has(part), "a sealed file's upload was left behind").toBe(false);
}

/** Every part of every acknowledged file, byte for byte, and every receipt. */
async function openEverything(logs: ReadonlyMap<string, readonly Logged[]>): Promise<void> {
  for (const kept of known.files) {
    const owner = customers.find(({ org }) => org === kept.case.org);
    if (!owner) throw new Error("Nobody owns this file.");
    const verified = await owner.verifyReceipt(kept.receipt);
    expect(logs.get(kept.case.org)?.[verified.index]?.hash).toBe(
      toBase64url(leafHash(fromBase64url(kept.receipt.leaf))),
    );
    if (known.files.indexOf(kept) % 4 === 0)
      expect(await openOnce(owner, kept, known, passing, null, HAR_ROLES)).toBe("opened");
  }
  expect(known.faults).toEqual([]);
}

function report(logs: ReadonlyMap<string, readonly Logged[]>): void {
  const span = (all: readonly number[]): string => `${Math.min(...all)}..${Math.max(...all)} ms`;
  const leaves = [...logs.values()].reduce((sum, all) => sum + all.length, 0);
  console.log(
    [
      `${KILLS} kills (${figures.starts.length - 1} of the server, ${figures.releaserBack.length} of the releaser)`,
      `starts ${span(figures.starts.slice(1))}, releaser back in ${span(figures.releaserBack)}`,
      `${known.files.length} files, ${known.grants.length} grants, ${known.releases.length} openings acknowledged; ${known.resumed} parts resumed`,
      `${leaves} leaves, ${auditors.reduce((sum, { checkpoints }) => sum + checkpoints, 0)} checkpoints seen`,
    ].join("\n"),
  );
  expect(known.files.length).toBeGreaterThan(KILLS / 5);
  expect(known.releases.length).toBeGreaterThan(KILLS / 2);
}
