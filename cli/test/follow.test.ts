import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeBundle,
  entriesPath,
  formatVkey,
  leafHash,
  makeSigner,
  makeVerifier,
  makeVkey,
  NOTE_ED25519,
  parseTilePath,
  signCheckpoint,
  TILE_WIDTH,
} from "@breakwater/ledger";
import { generateSigningKey, type SigningKey } from "@breakwater/seal";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { Follower, Forked, type FollowKeys, type LogSource } from "../src/follow.ts";
import { Tree } from "../src/tree.ts";

const ORIGIN = "desk.example/log/org";
const folders: string[] = [];
let signing: SigningKey;
let keys: FollowKeys;
beforeAll(async () => {
  signing = await generateSigningKey();
  keys = { log: await makeVerifier(formatVkey(makeVkey(ORIGIN, NOTE_ED25519, signing.publicKey))), witnesses: [] };
});
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true, force: true })));

const entry = (n: number): Uint8Array => new TextEncoder().encode(`entry ${n}`);
const range = (size: number): Uint8Array[] => Array.from({ length: size }, (_, i) => entry(i));

/** A log that holds these entries and signs whatever they lead to: also a lying one. */
async function serve(entries: readonly Uint8Array[]): Promise<LogSource & { readonly asked: string[] }> {
  const tree = new Tree();
  await tree.grow(entries.map(leafHash));
  const note = await signCheckpoint({ origin: ORIGIN, size: tree.size, root: tree.root, extensions: [] }, [
    await makeSigner(ORIGIN, signing.seed),
  ]);
  const asked: string[] = [];
  return {
    asked,
    async get(path) {
      asked.push(path);
      if (path === "checkpoint") return new TextEncoder().encode(note);
      const { index, width } = parseTilePath(path);
      const from = index * TILE_WIDTH;
      if (from + width > entries.length) throw new Error("There is no such bundle.");
      return encodeBundle(entries.slice(from, from + width));
    },
  };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "breakwater-follow-"));
  folders.push(made);
  return made;
}
const reopen = async (place: string) => {
  const read: number[] = [];
  const follower = await Follower.open(place, keys, (index) => read.push(index));
  return { follower, read };
};

describe("Follower", () => {
  it("keeps what it read, asks only for what is new, and goes on after a restart", async () => {
    const place = folder();
    const { follower } = await reopen(place);
    expect((await follower.step(await serve(range(300)))).entries).toEqual(range(300));
    const again = await reopen(place);
    expect(again.read).toEqual(range(300).map((_, i) => i));
    const source = await serve(range(1000));
    const next = await again.follower.step(source);
    expect([next.from, next.entries.length]).toEqual([300, 700]);
    expect(source.asked).not.toContain(entriesPath(0, 256));
    expect((await again.follower.step(source)).entries).toEqual([]);
    expect((await reopen(place)).follower.size).toBe(1000);
  });

  it("[vault 20] names the first entry that was altered, deleted, moved or put in", async () => {
    const good = range(700);
    const lies: [string, number, Uint8Array[]][] = [
      ["altered", 333, good.with(333, entry(9999))],
      ["deleted", 420, [...good.slice(0, 420), ...good.slice(421), entry(700)]],
      ["moved", 5, good.with(5, entry(6)).with(6, entry(5))],
      ["put in", 0, [entry(-1), ...good]],
      ["altered and longer", 699, [...good.with(699, entry(1)), ...range(400)]],
    ];
    for (const [name, index, entries] of lies) {
      const place = folder();
      const { follower } = await reopen(place);
      await follower.step(await serve(good));
      const before = readFileSync(join(place, "checkpoint"), "utf8");
      const lie = await serve(entries);
      const error = await follower.step(lie).catch((thrown: unknown) => thrown);
      expect(error, name).toBeInstanceOf(Forked);
      expect(error, name).toMatchObject({ index, evidence: [before, expect.stringContaining(ORIGIN)] });
      // The copy stays what it was: it is the evidence.
      expect(readFileSync(join(place, "checkpoint"), "utf8"), name).toBe(before);
      expect((await reopen(place)).follower.size, name).toBe(700);
    }
  });

  it("tells a log that became shorter, and one whose entries do not fit its checkpoint", async () => {
    const { follower } = await reopen(folder());
    await follower.step(await serve(range(10)));
    await expect(follower.step(await serve(range(9)))).rejects.toThrow("Entries were taken away");
    const [honest, other] = [await serve(range(12)), await serve([...range(11), entry(99)])];
    const split: LogSource = { get: (path) => (path === "checkpoint" ? honest : other).get(path) };
    await expect(follower.step(split)).rejects.toMatchObject({ index: 10 });
  });

  it("refuses a copy that was changed on its own disk, and a checkpoint by another key", async () => {
    const place = folder();
    const { follower } = await reopen(place);
    await follower.step(await serve(range(20)));
    writeFileSync(join(place, entriesPath(0, 20)), encodeBundle(range(20).with(3, entry(0))));
    await expect(reopen(place)).rejects.toThrow("changed on this disk");
    const other = await generateSigningKey();
    keys = { ...keys, log: await makeVerifier(formatVkey(makeVkey(ORIGIN, NOTE_ED25519, other.publicKey))) };
    await expect(follower.step(await serve(range(21)))).resolves.toMatchObject({ from: 20 });
    await expect(reopen(place)).rejects.toThrow();
  });
});
