import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { isObject, type JsonValue } from "./json.ts";
import { HarError } from "./error.ts";
import { policyHash, type Mode, type Policy } from "./policy.ts";
import type { Report } from "./report.ts";
import { ruleSetHash } from "./rules.ts";
import { base64url, openSigned, signDocument, type Signed, type Signer } from "./signed.ts";
import type { Sink, Source } from "./source.ts";

/** What was done to a file, in a form that the receiving desk can check. It holds no value and no place. */
export interface Manifest {
  readonly format: "breakwater-har-manifest/1";
  readonly tool: string;
  readonly version: string;
  /** Hash of the rules in force. */
  readonly rules: string;
  readonly mode: Mode;
  readonly policy?: { readonly name: string; readonly hash: string };
  /** Names that the policy kept although the rules would have redacted their values. Empty: nothing was loosened. */
  readonly loosened: readonly string[];
  /** Single values that were kept: by which rule they would have gone, of what kind, in how many places. Never which. */
  readonly kept: readonly { readonly rule: string; readonly kind: string; readonly places: number }[];
  /** When, RFC 3339. */
  readonly at: string;
  /** HMAC-SHA-256 of the input under a key of the run: only who kept the run's key can show which file it was. */
  readonly input: { readonly bytes: number; readonly hmac: string };
  readonly output: { readonly bytes: number; readonly sha256: string };
  readonly verified: Report["verified"];
  readonly counts: Readonly<Record<string, number>>;
  readonly refused: number;
}

export type SignedManifest = Signed<Manifest>;

const DOMAIN = "har-manifest";
const encoder = new TextEncoder();

/** Source and sink that hash what passes through them. The file is read twice: a second reading that differs is refused. */
export class Meter {
  readonly source: Source;
  readonly sink: Sink;
  readonly #output = sha256.create();
  readonly #key: Uint8Array;
  #first: string | undefined;
  #bytesIn = 0;
  #bytesOut = 0;

  constructor(source: Source, sink: Sink, key: Uint8Array) {
    this.#key = hmac(sha256, key, encoder.encode("breakwater/v1/har-input"));
    this.source = {
      ...(source.size === undefined ? {} : { size: source.size }),
      open: () => this.#hashed(source.open()),
    };
    this.sink = {
      write: (chunk) => {
        this.#output.update(chunk);
        this.#bytesOut += chunk.length;
        return sink.write(chunk);
      },
    };
  }

  #hashed(stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const mac = hmac.create(sha256, this.#key);
    let bytes = 0;
    const reader = stream.getReader();
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await reader.read();
        if (!done) {
          mac.update(value);
          bytes += value.length;
          controller.enqueue(value);
          return;
        }
        const digest = base64url(mac.digest());
        if (this.#first !== undefined && this.#first !== digest) {
          controller.error(
            new HarError(
              "har.changed",
              "The file changed while it was read. Close the program that writes it, and start again.",
            ),
          );
          return;
        }
        this.#first = digest;
        this.#bytesIn = bytes;
        controller.close();
      },
      cancel: (why) => reader.cancel(why),
    });
  }

  manifest(
    report: Report,
    facts: { readonly at: Date; readonly mode: Mode; readonly policy?: Policy | undefined },
  ): Manifest {
    const { policy } = facts;
    return {
      format: "breakwater-har-manifest/1",
      tool: report.tool,
      version: report.version,
      rules: report.rules,
      mode: facts.mode,
      ...(policy === undefined ? {} : { policy: { name: policy.name, hash: policyHash(policy) } }),
      loosened: report.loosened,
      kept: report.kept.map(({ rule, kind, places }) => ({ rule, kind, places })),
      at: facts.at.toISOString(),
      input: { bytes: this.#bytesIn, hmac: `hmac-sha256:${this.#first ?? ""}` },
      output: { bytes: this.#bytesOut, sha256: `sha256:${base64url(this.#output.clone().digest())}` },
      verified: report.verified,
      counts: report.counts.byKind,
      refused: report.refused.length,
    };
  }
}

export function signManifest(manifest: Manifest, signer: Signer): Promise<SignedManifest> {
  return signDocument(DOMAIN, manifest, signer);
}

export type ManifestProblem = "signature" | "output" | "rules" | "loosened";

export interface ManifestCheck {
  /** No problem that makes the file unfit: signature and output hash hold. */
  readonly ok: boolean;
  /** `rules`: made by another rule set, so scan the file again. `loosened`: a policy kept names, or the file's owner kept values. */
  readonly problems: readonly ManifestProblem[];
}

/** What a desk checks when a file arrives: who signed, that these bytes are the ones, and what to be aware of. */
export async function verifyManifest(signed: JsonValue, trusted: Uint8Array, output: Source): Promise<ManifestCheck> {
  let manifest: JsonValue;
  try {
    manifest = await openSigned(DOMAIN, signed, trusted);
  } catch {
    return { ok: false, problems: ["signature"] };
  }
  if (!isObject(manifest) || manifest["format"] !== "breakwater-har-manifest/1")
    return { ok: false, problems: ["signature"] };
  const claimed = isObject(manifest["output"]) ? manifest["output"]["sha256"] : undefined;
  const problems: ManifestProblem[] = [];
  if (claimed !== `sha256:${base64url(await hashOf(output))}`) problems.push("output");
  const ok = problems.length === 0;
  if (manifest["rules"] !== ruleSetHash()) problems.push("rules");
  if (["loosened", "kept"].some((name) => !isEmptyList(manifest[name]))) problems.push("loosened");
  return { ok, problems };
}

function isEmptyList(value: JsonValue | undefined): boolean {
  return Array.isArray(value) && value.length === 0;
}

async function hashOf(source: Source): Promise<Uint8Array> {
  const hash = sha256.create();
  const reader = source.open().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return hash.digest();
    hash.update(value);
  }
}
