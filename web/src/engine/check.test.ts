import { BufferSink, bytesSource, sanitise, splitParts } from "@breakwater/har";
import { encryptStream, type SaltedSecret } from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import { expect, test } from "vitest";
import { checkOpened } from "./check.ts";
import type { SanitiserDocument } from "./sandoc.ts";

const MAIL = "reader@corp.example";
const context = { signal: new AbortController().signal, progress: () => undefined };

function secretOf(): SaltedSecret {
  return { key: new Uint8Array(32).fill(1), context: new Uint8Array(32).fill(2), salt: new Uint8Array(24).fill(3) };
}

/** The response bodies of a recording, sealed; with their hash. */
async function sealed(text: string, clean: boolean): Promise<{ readonly blob: Blob; readonly hash: string }> {
  const har = JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: "t", version: "1" },
      entries: [
        {
          request: { method: "GET", url: "https://a.example/" },
          response: { status: 200, content: { mimeType: "text/plain", text } },
        },
      ],
    },
  });
  const source = bytesSource(new TextEncoder().encode(har));
  const result = new BufferSink();
  await sanitise(source, result, { key: new Uint8Array(32) });
  const parts = {
    index: new BufferSink(),
    headers: new BufferSink(),
    requestBodies: new BufferSink(),
    responseBodies: new BufferSink(),
  };
  await splitParts(clean ? bytesSource(result.bytes()) : source, parts);
  const plain = new Uint8Array(parts.responseBodies.bytes());
  const chunks: BlobPart[] = [];
  const one = async function* (): AsyncGenerator<Uint8Array> {
    yield plain;
  };
  for await (const chunk of encryptStream(one(), secretOf())) chunks.push(new Uint8Array(chunk));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", plain));
  return { blob: new Blob(chunks), hash: toBase64url(digest) };
}

function documentWith(hash: string | undefined, kept: SanitiserDocument["kept"] = []): SanitiserDocument {
  return {
    v: 1,
    tool: "breakwater-har",
    version: "0.1.0",
    rules: "sha256:00",
    mode: "support",
    at: "2026-11-24T00:00:00.000Z",
    input: { bytes: 0, hmac: "" },
    output: { bytes: 0, sha256: "" },
    parts: hash === undefined ? {} : { responseBodies: hash },
    verified: { values: 0, encodings: 0 },
    refused: 0,
    kept,
  };
}

const check = (blob: Blob, document: SanitiserDocument | undefined) =>
  checkOpened({ role: "responseBodies", ciphertext: blob, secret: secretOf(), document }, context);

test("checkOpened finds nothing in a part that was sanitised, and that it is the one that was signed", async () => {
  const { blob, hash } = await sealed(`Write to ${MAIL}.`, true);
  expect(await check(blob, documentWith(hash))).toMatchObject({ hash: "same", total: 0, known: 0, problem: undefined });
});

test("checkOpened tells a part that is not the sanitised one, and a file of which nothing is known", async () => {
  const { blob } = await sealed("nothing", true);
  expect((await check(blob, documentWith("A".repeat(43)))).hash).toBe("differs");
  expect((await check(blob, undefined)).hash).toBe("unknown");
});

test("checkOpened finds what was left in, and tells apart what the uploader said to have kept", async () => {
  const { blob, hash } = await sealed(`Write to ${MAIL}.`, false);
  const silent = await check(blob, documentWith(hash));
  expect(silent).toMatchObject({ found: { "pii.email": 1 }, total: 1, known: 0 });
  expect(JSON.stringify(silent)).not.toContain("reader");
  const said = await check(
    blob,
    documentWith(hash, [
      {
        rule: "pii.email",
        rules: ["pii.email"],
        kind: "personal",
        places: 1,
        reason: "",
        at: "2026-11-24T00:00:00.000Z",
      },
    ]),
  );
  expect(said).toMatchObject({ total: 1, known: 1 });
});

test("checkOpened says that a part could not be checked when its ciphertext was changed", async () => {
  const { blob, hash } = await sealed("nothing", true);
  const bytes = new Uint8Array(await blob.arrayBuffer());
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  expect(await check(new Blob([bytes]), documentWith(hash))).toMatchObject({
    hash: "unknown",
    problem: expect.any(String),
  });
});
