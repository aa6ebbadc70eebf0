import { path, type schemas } from "@breakwater/contract";
import {
  consistencyProof,
  decodeBundle,
  entriesPath,
  inclusionProofs,
  leafHash,
  makeCosignatureVerifier,
  makeVerifier,
  openCheckpoint,
  parseLeaf,
  TILE_WIDTH,
  tilePath,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
  type Leaf,
  type TileReader,
} from "@breakwater/ledger";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import type { z } from "zod";
import { Refused, type DeskClient } from "../src/desk-client.ts";

export interface Logged {
  readonly index: number;
  readonly hash: string;
  readonly entry: Uint8Array;
  readonly leaf: Leaf;
}
interface Seen {
  readonly size: number;
  readonly root: Uint8Array;
}

/** A reader of one organisation's log who forgets nothing: reads the whole of it each time and holds it against all that it saw before. */
export class Auditor {
  readonly #reader: DeskClient;
  readonly #seen = new Map<number, Seen>();
  readonly log: string;

  constructor(reader: DeskClient, log: string) {
    this.#reader = reader;
    this.log = log;
  }

  get checkpoints(): number {
    return this.#seen.size;
  }

  /** Throws for a checkpoint, tile, bundle or history that does not hold. */
  async audit(): Promise<readonly Logged[]> {
    const trust = await this.#reader.trust();
    const origin = trust.origin(this.log) ?? "";
    const verifier = await makeVerifier(trust.logVerifier(origin) ?? "");
    const witness = await makeCosignatureVerifier(trust.witness ?? "");
    const note = new TextDecoder().decode(await this.#bytes(path("logCheckpoint", { log: this.log })));
    const checkpoint = await openCheckpoint(note, verifier, [witness]);
    if (checkpoint.cosignatures.length !== 1) throw new Error("The checkpoint is not cosigned.");
    const { size, root } = checkpoint;
    const tiles = this.#tiles(size);
    same(await treeRoot(size, tiles), root, "The tiles do not lead to the checkpoint's root.");
    const logged = await this.#entries(size);
    const proofs = await inclusionProofs(
      logged.map(({ index }) => index),
      size,
      tiles,
    );
    for (const { index, entry } of logged)
      verifyInclusion({ index, size, leafHash: leafHash(entry), root, proof: proofs[index] ?? [] });
    for (const past of this.#seen.values()) {
      if (past.size === size) same(past.root, root, `Two trees of ${size} entries were signed.`);
      else
        verifyConsistency({
          from: past.size,
          to: size,
          fromRoot: past.root,
          toRoot: root,
          proof: await consistencyProof(past.size, size, tiles),
        });
    }
    this.#seen.set(size, { size, root });
    return logged;
  }

  /** The same through the access page's interface: the proofs are the server's. */
  async pages(): Promise<number> {
    const trust = await this.#reader.trust();
    const verifier = await makeVerifier(trust.logVerifier(trust.origin(this.log) ?? "") ?? "");
    let before: number | undefined;
    let count = 0;
    do {
      const query = `?org=${this.log}&limit=200${before === undefined ? "" : `&before=${before}`}`;
      const page = await this.#reader.browser.call<z.output<typeof schemas.Access>>("GET", "access", { query });
      const { size, root } = await openCheckpoint(page.checkpoint, verifier, []);
      for (const { index, leaf, inclusion } of page.entries) {
        verifyInclusion({
          index,
          size,
          leafHash: leafHash(fromBase64url(leaf)),
          root,
          proof: inclusion.map(fromBase64url),
        });
        if (before !== undefined && index !== before - 1)
          throw new Error(`The page before ${before} shows entry ${index}.`);
        before = index;
        count++;
      }
      if (page.entries.length === 0) break;
    } while (before !== undefined && before > 0);
    return count;
  }

  #tiles(size: number): TileReader {
    const known = new Map<string, Promise<Uint8Array>>();
    return {
      readTile: (level, index, width) => {
        const name = tilePath({ level, index, width });
        const found = known.get(name) ?? this.#bytes(`/log/${this.log}/${name}`);
        known.set(name, found);
        return size === 0 ? Promise.resolve(new Uint8Array()) : found;
      },
    };
  }

  async #entries(size: number): Promise<Logged[]> {
    const logged: Logged[] = [];
    for (let from = 0; from < size; from += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, size - from);
      const bundle = await this.#bytes(`/log/${this.log}/${entriesPath(from / TILE_WIDTH, width)}`);
      for (const [i, entry] of decodeBundle(bundle, width).entries()) {
        logged.push({ index: from + i, hash: toBase64url(leafHash(entry)), entry, leaf: parseLeaf(entry) });
      }
    }
    return logged;
  }

  async #bytes(address: string): Promise<Uint8Array> {
    const answer = await this.#reader.browser.send("GET", address);
    if (!answer.ok) throw new Refused(answer.status, await answer.text());
    return new Uint8Array(await answer.arrayBuffer());
  }
}

function same(one: Uint8Array, other: Uint8Array, otherwise: string): void {
  if (!Buffer.from(one).equals(other)) throw new Error(otherwise);
}
