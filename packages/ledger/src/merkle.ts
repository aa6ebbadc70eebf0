import { sha256 } from "@noble/hashes/sha2.js";
import { concat, equalBytes } from "@breakwater/wire";
import { LedgerError } from "./error.ts";

export const HASH_BYTES = 32;

/** RFC 6962 section 2.1: the prefixes keep a leaf's hash from ever being a node's (second-preimage resistance). */
const LEAF = new Uint8Array([0]);
const NODE = new Uint8Array([1]);

export function leafHash(entry: Uint8Array): Uint8Array {
  return sha256(concat(LEAF, entry));
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  return sha256(concat(NODE, left, right));
}

/** The root of the tree without leaves: SHA-256 of nothing. */
export function emptyRoot(): Uint8Array {
  return sha256(new Uint8Array(0));
}

export interface Inclusion {
  readonly index: number;
  readonly size: number;
  readonly leafHash: Uint8Array;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162 section 2.1.3.2. Returns when the leaf is in the tree at that index; throws LedgerError otherwise. */
export function verifyInclusion(inclusion: Inclusion): void {
  const { index, size, root, proof } = inclusion;
  checkHash(inclusion.leafHash, "The leaf hash");
  checkHash(root, "The root");
  checkProof(proof);
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new LedgerError("merkle.index", `Index ${index} is not in a tree of ${size} leaves.`);
  }
  let node = index;
  let last = size - 1;
  let hash = inclusion.leafHash;
  for (const sibling of proof) {
    if (last === 0) throw tooLong();
    if (node % 2 === 1 || node === last) {
      hash = nodeHash(sibling, hash);
      // A node that is the last and even has no sibling on its level: climb to where it has one.
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  if (last !== 0) throw tooShort();
  if (!equalBytes(hash, root))
    throw new LedgerError(
      "merkle.root",
      `The leaf at index ${index} does not lead to the root of the tree of ${size} leaves.`,
    );
}

export interface Consistency {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/**
 * RFC 9162 section 2.1.4.2. Returns when the smaller tree is a beginning of the larger; throws LedgerError otherwise.
 * A proof from the empty tree would prove nothing, so `from: 0` is refused.
 */
export function verifyConsistency(consistency: Consistency): void {
  const { from, to, fromRoot, toRoot, proof } = consistency;
  checkProof(proof);
  checkSize(from);
  checkSize(to);
  if (from > to) throw new LedgerError("merkle.size", `A tree of ${to} leaves cannot contain a tree of ${from}.`);
  if (from === to) {
    if (proof.length > 0) throw tooLong();
    if (!equalBytes(fromRoot, toRoot))
      throw new LedgerError("merkle.root", `There are two roots for one size of ${from} leaves.`);
    return;
  }
  checkHash(fromRoot, "The smaller tree's root");
  checkHash(toRoot, "The larger tree's root");
  if (proof.length === 0) throw tooShort();
  // RFC 9162: the proof leaves out the old root when the old tree is one complete subtree.
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  let node = from - 1;
  let last = to - 1;
  while (node % 2 === 1) {
    node = half(node);
    last = half(last);
  }
  let oldHash = path[0] as Uint8Array;
  let newHash = oldHash;
  for (const sibling of path.slice(1)) {
    if (last === 0) throw tooLong();
    if (node % 2 === 1 || node === last) {
      oldHash = nodeHash(sibling, oldHash);
      newHash = nodeHash(sibling, newHash);
      while (node % 2 === 0 && node !== 0) {
        node = half(node);
        last = half(last);
      }
    } else {
      newHash = nodeHash(newHash, sibling);
    }
    node = half(node);
    last = half(last);
  }
  if (last !== 0) throw tooShort();
  if (!equalBytes(oldHash, fromRoot))
    throw new LedgerError("merkle.root", `The proof does not lead to the root of the tree of ${from} leaves.`);
  if (!equalBytes(newHash, toRoot))
    throw new LedgerError("merkle.root", `The proof does not lead to the root of the tree of ${to} leaves.`);
}

/** Largest power of two smaller than `size` (size >= 2): where RFC 6962 splits a tree. */
export function split(size: number): number {
  let k = 1;
  while (k * 2 < size) k *= 2;
  return k;
}

function checkHash(hash: Uint8Array, what: string): void {
  if (hash.length !== HASH_BYTES)
    throw new LedgerError("merkle.hash", `${what} has ${hash.length} bytes; a SHA-256 hash has ${HASH_BYTES}.`);
}

function checkProof(proof: readonly Uint8Array[]): void {
  // A tree of 2^53 leaves is 53 levels high; tlog-witness allows 63 lines.
  if (proof.length > 63) throw tooLong();
  for (const [i, hash] of proof.entries()) checkHash(hash, `Hash ${i + 1} of the proof`);
}

function checkSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 1)
    throw new LedgerError("merkle.size", `A tree of ${size} leaves has no proofs.`);
}

// Sizes reach 2^53, where the bit operators of the language stop at 2^32.
function half(n: number): number {
  return Math.floor(n / 2);
}

function isPowerOfTwo(n: number): boolean {
  let m = n;
  while (m % 2 === 0) m /= 2;
  return m === 1;
}

function tooLong(): LedgerError {
  return new LedgerError("merkle.proof", "The proof has more hashes than a tree of this size needs.");
}

function tooShort(): LedgerError {
  return new LedgerError("merkle.proof", "The proof has fewer hashes than a tree of this size needs.");
}
