import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  leafHash,
  openCheckpoint,
  makeVerifier,
  treeRoot,
  verifyConsistency,
  consistencyProof,
  ed25519FromSeed,
  MemoryTiles,
} from "@breakwater/ledger";
import { createPglite } from "@breakwater/sql";
import { newId } from "@breakwater/wire";
import { afterAll, describe, expect, it } from "vitest";
import { createLedger, loadLogKey } from "../src/modules/ledger/index.ts";
import { readBundle, readLog } from "../src/modules/ledger/store.ts";

const ROUNDS = 20;
const directory = mkdtempSync(join(tmpdir(), "crash-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

describe("the ledger under kill -9", () => {
  it(
    `keeps every acknowledged leaf and never signs two histories, over ${ROUNDS} kills`,
    { timeout: 180_000 },
    async () => {
      const org = newId("org");
      const leaves = new Map<number, string>();
      const signed = new Map<number, string>();
      for (let round = 0; round < ROUNDS; round++) {
        const child = spawn(process.execPath, [join(import.meta.dirname, "appender.ts"), directory, org], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        let output = "";
        child.stdout.on("data", (data: Buffer) => (output += data.toString()));
        await once(child.stdout, "data");
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 400));
        child.kill("SIGKILL");
        await once(child, "close");
        for (const line of output.split("\n").slice(0, -1)) {
          const [what, number, hash = ""] = line.split(" ");
          const seen = what === "leaf" ? leaves : signed;
          // Neither an index nor a size ever means two things, whatever crashed in between.
          expect(seen.get(Number(number)) ?? hash).toBe(hash);
          seen.set(Number(number), hash);
        }
      }
      const sql = await createPglite({ directory: join(directory, "sql") });
      const seed = loadLogKey(join(directory, "log.key"));
      const ledger = await createLedger({
        sql,
        now: Date.now,
        logHost: "crash.test",
        seed,
        witness: { addCheckpoint: async () => ({ status: 404, reason: "" }) },
        report: () => {},
      });
      const { note } = await ledger.integrate(org);
      const { publicKey } = await ed25519FromSeed(seed);
      const last = await openCheckpoint(note, await makeVerifier({ name: `crash.test/log/${org}`, publicKey }));
      const entries = await readBundle(sql.db, org, 0, last.size);
      expect((await readLog(sql.db, org)).size).toBe(entries.length);
      const tiles = new MemoryTiles();
      await tiles.append(entries);
      expect(Buffer.from(await treeRoot(last.size, tiles)).equals(Buffer.from(last.root))).toBe(true);
      for (const [index, hash] of leaves)
        expect(Buffer.from(leafHash(entries[index] ?? new Uint8Array())).toString("hex")).toBe(hash);
      for (const [size, root] of signed) {
        if (size === 0) continue;
        const proof = await consistencyProof(size, last.size, tiles);
        verifyConsistency({
          from: size,
          to: last.size,
          fromRoot: new Uint8Array(Buffer.from(root, "hex")),
          toRoot: last.root,
          proof,
        });
      }
      console.log(
        `${ROUNDS} kills: ${entries.length} leaves, ${leaves.size} acknowledged, ${signed.size} checkpoints signed`,
      );
      expect(leaves.size).toBeGreaterThan(ROUNDS);
      await ledger.close();
      await sql.close();
    },
  );
});
