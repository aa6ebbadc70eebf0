import { spawnSync } from "node:child_process";
import { resolve } from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { toHex } from "@breakwater/wire";
import { partOf, unwrapShare, wrapOf, type Role } from "../src/index.ts";
import { makeWorld, sealFile, type World } from "./world.ts";

const SCRIPT = resolve(import.meta.dirname, "decrypt.py");
function pythonLacks(module: string): boolean {
  const missing = spawnSync("python3", ["-c", `import ${module}`]).status !== 0;
  if (missing)
    console.warn(
      `SKIPPED: python3 with ${module} is not installed (python3-cryptography), so no independent program reads our blob.`,
    );
  return missing;
}
const noAead = pythonLacks("cryptography.hazmat.primitives.ciphers.aead");
const noMlKem = noAead || pythonLacks("cryptography.hazmat.primitives.asymmetric.mlkem");

describe("a sealed file read by an independent program (decrypt.py: pyca/cryptography, written from the protocol)", () => {
  let world: World;
  let file: Awaited<ReturnType<typeof sealFile>>;
  const contents: Partial<Record<Role, Uint8Array>> = {
    index: new Uint8Array(),
    headers: new Uint8Array(16_384).fill(1),
    requestBodies: new TextEncoder().encode("body"),
    responseBodies: Uint8Array.from({ length: 50_000 }, (_, i) => i & 255),
  };
  beforeAll(async () => {
    world = await makeWorld();
    file = await sealFile(world, contents);
  });

  function run(role: Role, secrets: object, blob = file.blobs.get(role) ?? new Uint8Array()) {
    const input = JSON.stringify({
      manifest: file.signed.manifest,
      role,
      blob: Buffer.from(blob).toString("base64"),
      ...secrets,
    });
    return spawnSync("python3", [SCRIPT], { input, timeout: 30_000 });
  }

  it.skipIf(noAead)("decrypt.py: opens every part with its two shares, and nothing that was changed", async () => {
    for (const role of Object.keys(contents) as Role[]) {
      const { manifest } = file.signed;
      const { part } = partOf(manifest, role);
      const v = toHex(await unwrapShare(wrapOf(manifest, part, "v"), manifest, world.caseKey.secretKey));
      const r = toHex(await unwrapShare(wrapOf(manifest, part, "r"), manifest, world.releaserCase.secretKey));
      const opened = run(role, { v, r });
      expect(opened.stderr.toString()).toBe("");
      expect(Buffer.compare(opened.stdout, contents[role]!)).toBe(0);
      const blob = file.blobs.get(role)!.slice();
      blob[blob.length - 1] = blob[blob.length - 1]! ^ 1;
      expect(run(role, { v, r }, blob).stdout).toHaveLength(0);
      expect(run(role, { v: r, r: v }).stdout).toHaveLength(0);
    }
  });

  it.skipIf(noMlKem)(
    "decrypt.py: opens every part from the case's and the releaser's secret keys alone, HPKE and all",
    () => {
      const keys = { caseKey: toHex(world.caseKey.secretKey), releaserKey: toHex(world.releaserCase.secretKey) };
      for (const role of Object.keys(contents) as Role[]) {
        const opened = run(role, keys);
        expect(opened.stderr.toString()).toBe("");
        expect(Buffer.compare(opened.stdout, contents[role]!)).toBe(0);
      }
      expect(run("index", { ...keys, releaserKey: keys.caseKey }).status).not.toBe(0);
    },
  );
});
