import { CodedError } from "@breakwater/wire";

export type BlobErrorCode = "blob.name" | "blob.exists" | "blob.missing" | "blob.range" | "blob.full" | "blob.unusable";

export class BlobError extends CodedError<BlobErrorCode> {}
