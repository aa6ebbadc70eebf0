import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { path, type schemas } from "@breakwater/contract";
import { partSecret, sealExportKeys, tarEnd, tarHeader, tarPadding, type CaseExport } from "@breakwater/seal";
import { toBase64url, utf8 } from "@breakwater/wire";
import type { z } from "zod";
import { afterAll, describe, expect, it } from "vitest";
import { breakwater } from "../../cli/test/command.ts";
import { DeskClient, randomParts } from "../src/desk-client.ts";
import { startServer } from "../src/server.ts";

const folder = mkdtempSync(join(tmpdir(), "export-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const PASSPHRASE = "gravel lantern orbit pickle seventeen moss";

function tar(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (const [name, bytes] of files)
    pieces.push(tarHeader({ name, size: bytes.length }, 0), bytes, tarPadding(bytes.length));
  return Buffer.concat([...pieces, tarEnd()]);
}

describe("breakwater case", { timeout: 120_000 }, () => {
  it("verifies and decrypts an exported case after the server is gone, and refuses one that was changed", async () => {
    const server = await startServer();
    const target = { url: server.url };
    const admin = await DeskClient.enrol(target, server.enrolment ?? "", { name: "Desk Admin", email: "a@desk.test" });
    const customer = await DeskClient.enrol(target, await admin.invite({ for: "customer", role: "admin" }), {
      name: "Customer Admin",
      email: "a@customer.test",
    });
    const row = await customer.openCase();
    const plain = randomParts({ responseBodies: 100_000 });
    const { file, sealed } = await customer.upload(row.case, plain, "../../login.har");
    const { manifest } = sealed.manifest;
    const act = await customer.act({ t: "export.case", org: row.org, case: row.case, n: 1 });
    await customer.browser.call("POST", "caseExport", { params: { case: row.case }, json: { act } });

    const files = new Map<string, Uint8Array>();
    const parts: Record<string, string> = {};
    const prepared = await customer.prepareOpening(
      sealed.manifest,
      manifest.parts.map(({ role }) => role),
      null,
    );
    const { shareOf } = await customer.openRelease(prepared, await customer.release(prepared));
    const caseSecretKey = await customer.caseSecretKey(row.case);
    for (const { part, role } of manifest.parts) {
      files.set(`parts/${part}`, await customer.browser.bytes("filePart", { params: { file, part } }));
      const secret = await partSecret(manifest, role, {
        caseSecretKey,
        released: shareOf.get(role) ?? new Uint8Array(),
      });
      parts[part] = toBase64url(secret.key);
    }
    const receipt = await customer.receipt(file);
    const answer = await customer.browser.send("GET", path("access"), { query: `?case=${row.case}&limit=200` });
    const { checkpoint, entries } = (await answer.json()) as z.output<typeof schemas.Access>;
    const taken: CaseExport = {
      v: 1,
      t: "case-export",
      desk: receipt.desk,
      org: row.org,
      case: row.case,
      created: new Date().toISOString(),
      statements: receipt.statements,
      files: [{ manifest: receipt.manifest, leaf: receipt.leaf, proof: receipt.proof }],
      lines: [{ checkpoint, entries }],
      keys: await sealExportKeys({ v: 1, parts, names: { [file]: "../../login.har" } }, PASSPHRASE, row.case),
    };
    files.set("export.json", utf8(JSON.stringify(taken)));
    await server.destroy();

    const archive = join(folder, "case.tar");
    writeFileSync(archive, tar(files));
    const verified = breakwater(["case", "verify", archive]);
    expect(verified).toMatchObject({ status: 0 });
    expect(verified.stdout).toContain("This export verifies.");
    const out = join(folder, "out");
    const secret = join(folder, "passphrase");
    writeFileSync(secret, `${PASSPHRASE}\n`);
    expect(breakwater(["case", "decrypt", archive, "--out", out, "--passphrase", secret])).toMatchObject({
      status: 0,
    });
    for (const [role, bytes] of Object.entries(plain))
      expect(hash(readFileSync(join(out, "login.har.parts", role)))).toBe(hash(bytes));

    writeFileSync(secret, "another");
    const refused = breakwater(["case", "decrypt", archive, "--out", join(folder, "no"), "--passphrase", secret]);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain("does not open the export");
    const [part = ""] = Object.keys(parts);
    const changed = new Map(files);
    changed.set(`parts/${part}`, Buffer.from(files.get(`parts/${part}`) ?? []).fill(1, 100, 101));
    writeFileSync(archive, tar(changed));
    expect(breakwater(["case", "verify", archive]).stderr).toContain("was changed");
    const forged = {
      ...taken,
      lines: [{ checkpoint, entries: entries.map((entry, at) => ({ ...entry, index: at })) }],
    };
    writeFileSync(archive, tar(new Map([...files, ["export.json", utf8(JSON.stringify(forged))]])));
    expect(breakwater(["case", "verify", archive]).status).toBe(1);
  });
});

function hash(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
