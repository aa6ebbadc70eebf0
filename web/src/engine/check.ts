import { PART_NAMES, ruleSetHash, scanPart, type Source } from "@breakwater/har";
import { decryptStream, type MessageSecret, type Role } from "@breakwater/seal";
import { toBase64url } from "@breakwater/wire";
import { sha256 } from "@noble/hashes/sha2.js";
import type { PartCheck, SanitisedFacts } from "./api.ts";
import { errorToJson } from "./error.ts";
import type { CallContext } from "./rpc.ts";
import type { SanitiserDocument } from "./sandoc.ts";

/** Where a kept value's rule is no longer the one that finds it: repeats, and what its form tells. */
const RELATED = new Set(["echo", "shape.random", "shape.prefix"]);

export interface OpenedPart {
  readonly role: Role;
  readonly ciphertext: Blob;
  readonly secret: MessageSecret;
  readonly document: SanitiserDocument | undefined;
}

export function factsOf(document: SanitiserDocument): SanitisedFacts {
  const { tool, version, mode, at, verified, refused, kept } = document;
  return {
    tool,
    version,
    sameRules: document.rules === ruleSetHash(),
    mode,
    at,
    checkedValues: verified.values,
    refused,
    kept,
  };
}

/** Is this the part that was sanitised, and do today's rules find anything in it (docs/protocol.md 8)? */
export async function checkOpened(part: OpenedPart, { signal, progress }: CallContext): Promise<PartCheck> {
  const { role, ciphertext, document } = part;
  const source = new OpenedSource(part, (done) => progress({ done, total: ciphertext.size * 2 }));
  try {
    const name = PART_NAMES.find((one) => one === role);
    if (name === undefined) throw new TypeError(`"${role}" is no part of a recording.`);
    // The stand-ins of this run are thrown away with its output; the key has no other use.
    const { report } = await scanPart(name, source, { key: crypto.getRandomValues(new Uint8Array(32)), signal });
    const found = report.counts.byRule;
    const rules = new Set(document?.kept.flatMap((kept) => kept.rules));
    const known = Object.entries(found)
      .filter(([rule]) => rules.has(rule) || (rules.size > 0 && RELATED.has(rule)))
      .reduce((sum, [, count]) => sum + count, 0);
    return {
      role,
      hash: source.compare(document?.parts[role]),
      found,
      total: report.counts.total,
      known,
      problem: undefined,
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return {
      role,
      hash: source.compare(document?.parts[role]),
      found: {},
      total: 0,
      known: 0,
      problem: errorToJson(error).code,
    };
  }
}

/** Decrypts each time that it is opened, and remembers the hash of what came out. */
class OpenedSource implements Source {
  readonly #part: OpenedPart;
  readonly #onRead: (bytes: number) => void;
  #read = 0;
  #hash: string | undefined;

  constructor(part: OpenedPart, onRead: (bytes: number) => void) {
    this.#part = part;
    this.#onRead = onRead;
  }

  open(): ReadableStream<Uint8Array> {
    const hash = sha256.create();
    const chunks = decryptStream(this.#ciphertext(), this.#part.secret);
    return new ReadableStream<Uint8Array>({
      pull: async (controller) => {
        const { done, value } = await chunks.next();
        if (done) {
          this.#hash = toBase64url(hash.digest());
          controller.close();
          return;
        }
        hash.update(value);
        controller.enqueue(value.slice());
      },
      cancel: async () => {
        await chunks.return(undefined);
      },
    });
  }

  async *#ciphertext(): AsyncGenerator<Uint8Array> {
    for await (const chunk of this.#part.ciphertext.stream()) {
      this.#read += chunk.length;
      this.#onRead(this.#read);
      yield chunk;
    }
  }

  compare(said: string | undefined): PartCheck["hash"] {
    if (said === undefined || this.#hash === undefined) return "unknown";
    return said === this.#hash ? "same" : "differs";
  }
}
