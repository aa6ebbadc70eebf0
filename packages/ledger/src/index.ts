/**
 * A transparency log: RFC 6962 trees in C2SP tiles, signed checkpoints, cosignatures, proofs that verify offline,
 * and the leaves that Breakwater writes. Pure: reads go through TileReader, times come from the caller.
 */
export { LedgerError, type LedgerErrorCode } from "./error.ts";
export {
  emptyRoot,
  leafHash,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type Consistency,
  type Inclusion,
} from "./merkle.ts";
export {
  entriesPath,
  parseTilePath,
  TILE_WIDTH,
  tilePath,
  tileWidth,
  type Tile,
  type TileId,
  type TileReader,
} from "./tile.ts";
export { appendLeaves, consistencyProof, inclusionProof, inclusionProofs, treeRoot, type Appended } from "./tree.ts";
export { decodeBundle, encodeBundle, MAX_ENTRY_BYTES } from "./bundle.ts";
export { MemoryTiles } from "./memory.ts";
export { ed25519FromSeed, type Ed25519Key } from "./ed25519.ts";
export { COSIGNATURE_V1, formatVkey, makeVkey, NOTE_ED25519, parseVkey, type Vkey } from "./vkey.ts";
export {
  addSignatures,
  makeSigner,
  makeVerifier,
  MAX_NOTE_BYTES,
  openNote,
  parseNote,
  signNote,
  type NoteSignature,
  type OpenedNote,
  type ParsedNote,
  type Signer,
  type Verifier,
} from "./note.ts";
export { makeCosignatureVerifier, makeCosigner, type Cosigner, type CosignatureVerifier } from "./cosignature.ts";
export {
  formatCheckpoint,
  openCheckpoint,
  parseCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type Cosignature,
  type OpenedCheckpoint,
} from "./checkpoint.ts";
export {
  authenticate,
  decide,
  formatAddCheckpoint,
  parseAddCheckpoint,
  type Accepted,
  type AddCheckpoint,
  type AuthenticRequest,
  type Conflict,
  type Refusal,
  type TreeHead,
} from "./witness.ts";
export { formatProof, parseProof, verifyProof, type ProofPolicy, type TlogProof } from "./proof.ts";
export {
  ACTOR_KINDS,
  isLeafType,
  LEAF_TYPES,
  WHYS,
  type Act,
  type Actor,
  type ActorKind,
  type Leaf,
  type LeafType,
  type Why,
} from "./leaf.ts";
export { actMessage, encodeLeaf, parseLeaf, signedPart } from "./leaf-codec.ts";
