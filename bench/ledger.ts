/** node bench/ledger.ts: appending and proving against hashing the same leaves once, which no log can avoid. */
import { inclusionProof, leafHash, MemoryTiles, verifyInclusion } from "@breakwater/ledger";
import { compare, print } from "./compare.ts";

const LEAVES = Number(process.argv[2] ?? 20_000);
const BATCH = 100;
const entries = Array.from({ length: LEAVES }, (_, i) => new TextEncoder().encode(`${i} `.padEnd(500, "x")));
const bytes = LEAVES * 500;

async function grow(): Promise<{ tiles: MemoryTiles; root: Uint8Array }> {
  const tiles = new MemoryTiles();
  let root = new Uint8Array(32);
  for (let at = 0; at < entries.length; at += BATCH)
    root = new Uint8Array((await tiles.append(entries.slice(at, at + BATCH))).root);
  return { tiles, root };
}

const grown = await grow();
const rows = await compare(
  [
    { name: "hash every leaf once", run: () => void entries.map(leafHash) },
    { name: `append in batches of ${BATCH}`, run: async () => void (await grow()) },
    {
      name: "prove and verify every 20th leaf",
      async run() {
        for (let index = 0; index < LEAVES; index += 20) {
          const proof = await inclusionProof(index, LEAVES, grown.tiles);
          const hash = leafHash(entries[index] as Uint8Array);
          verifyInclusion({ index, size: LEAVES, leafHash: hash, root: grown.root, proof });
        }
      },
    },
  ],
  5,
);
print(`ledger, ${LEAVES} leaves`, rows, bytes);
