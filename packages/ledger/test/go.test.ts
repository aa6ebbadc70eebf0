import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  addSignatures,
  consistencyProof,
  formatProof,
  inclusionProof,
  makeCosigner,
  makeSigner,
  MemoryTiles,
  parseNote,
  signCheckpoint,
} from "../src/index.ts";
import { entry, flipped } from "./shared.ts";

const SIZE = 66_000;
const OLD = 25_900;

/** Where the installed Go keeps the copy of golang.org/x that its own command uses, x/mod/sumdb in it; undefined (said aloud) without Go. */
function vendoredGo(): string | undefined {
  const root = spawnSync("go", ["env", "GOROOT"], { encoding: "utf8", timeout: 30_000 }).stdout?.trim();
  const vendored = root ? join(root, "src/cmd/vendor/golang.org") : undefined;
  if (vendored !== undefined && existsSync(join(vendored, "x/mod/sumdb/tlog"))) return vendored;
  console.warn(
    "SKIPPED: no Go with cmd/vendor/golang.org/x/mod/sumdb is installed, so no foreign code verifies our log here.",
  );
  return undefined;
}

const golang = vendoredGo();
const work = mkdtempSync(join(tmpdir(), "breakwater-go-"));
const program = join(work, "verify");
const log = join(work, "log");
afterAll(() => rmSync(work, { recursive: true, force: true }));

function put(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(join(log, path)), { recursive: true });
  writeFileSync(join(log, path), bytes);
}

/** sumdb names a tile tile/8/L/N where C2SP names it tile/L/N; entry bundles keep their path. */
function sumdbPath(path: string): string {
  return path.startsWith("tile/entries/") ? path : path.replace("tile/", "tile/8/");
}

function verify(): { status: number | null; stdout: string } {
  return spawnSync(program, [log], { encoding: "utf8", timeout: 60_000 });
}

async function writeLog(): Promise<void> {
  const signer = await makeSigner("desk.example/log/org_example", new Uint8Array(32).fill(1));
  const witness = await makeCosigner("releaser.example", new Uint8Array(32).fill(2));
  const tiles = new MemoryTiles();
  const checkpoint = async (size: number, root: Uint8Array) =>
    signCheckpoint({ origin: signer.name, size, root, extensions: [] }, [signer]);
  const old = await tiles.append(Array.from({ length: OLD }, (_, i) => entry(i)));
  put("checkpoint.old", await checkpoint(old.size, old.root));
  const { root } = await tiles.append(Array.from({ length: SIZE - OLD }, (_, i) => entry(OLD + i)));
  const bare = await checkpoint(SIZE, root);
  const note = addSignatures(bare, await witness.cosign(parseNote(bare).text, 1_700_000_000));
  put("checkpoint", note);
  put("keys", `${signer.vkey}\n${witness.vkey}\n`);
  const consistency = await consistencyProof(OLD, SIZE, tiles);
  put("consistency", consistency.map((hash) => `${Buffer.from(hash).toString("base64")}\n`).join(""));
  put("proof", formatProof({ index: 65_600, proof: await inclusionProof(65_600, SIZE, tiles), checkpoint: note }));
  for (const [path, bytes] of tiles.files) put(sumdbPath(path), bytes);
}

describe("a log made by this package", () => {
  beforeAll(async () => {
    if (golang === undefined) return;
    const target = join(work, "go/src/golang.org");
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(golang, target);
    copyFileSync(join(import.meta.dirname, "verify.go.txt"), join(work, "verify.go"));
    const env = {
      PATH: process.env["PATH"] ?? "",
      HOME: work,
      GOPATH: join(work, "go"),
      GOCACHE: join(work, "cache"),
      GO111MODULE: "off",
      GOFLAGS: "",
      GOPROXY: "off",
      CGO_ENABLED: "0",
    };
    const built = spawnSync("go", ["build", "-o", program, "verify.go"], {
      cwd: work,
      env,
      encoding: "utf8",
      timeout: 180_000,
    });
    expect(built.stderr).toBe("");
    await writeLog();
  }, 240_000);

  it.skipIf(golang === undefined)(
    "is verified by the Go team's sumdb: signature, inclusions, consistency, cosignature, replay",
    () => {
      const { status, stdout } = verify();
      expect(stdout).toBe(`OK size ${SIZE}, 70 inclusions and as many forgeries, consistency from ${OLD}, replay\n`);
      expect(status).toBe(0);
    },
  );

  it.skipIf(golang === undefined)(
    "is refused by it when a byte of a tile, bundle, checkpoint or proof is changed",
    () => {
      const small = (path: string) => [path, 3] as const;
      for (const [path, at] of [
        small("tile/8/0/000"),
        small("tile/8/0/257.p/208"),
        small("tile/8/1/000"),
        small("tile/8/2/000.p/1"),
        small("tile/entries/100"),
        ["tile/entries/257.p/208", 40] as const,
        ["checkpoint", 32] as const,
        ["checkpoint", 150] as const,
        ["checkpoint.old", 60] as const,
        small("consistency"),
        ["proof", 60] as const,
        ["keys", 100] as const,
      ]) {
        const good = readFileSync(join(log, path));
        writeFileSync(join(log, path), flipped(Uint8Array.from(good), at));
        expect(verify().status, `${path} byte ${at}`).not.toBe(0);
        writeFileSync(join(log, path), good);
      }
      expect(verify().status).toBe(0);
    },
  );
});
