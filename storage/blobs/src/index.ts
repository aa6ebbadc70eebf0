export type { Blobs } from "./blobs.ts";
export { BlobError, type BlobErrorCode } from "./error.ts";
export { createFileBlobs } from "./fs.ts";
