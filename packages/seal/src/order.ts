import { fromBase64url, toBase64url, type Json } from "@breakwater/wire";
import { anyJson, binary, constant, id, integer, list, readText, shape, text, time, type Check } from "./check.ts";
import { ed25519Sign, ed25519Verify, signatureInput, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";

/** What a person (or the retention sweep) orders the releaser to do; the leaf of that type is the order (protocol 13). */
export const ORDERS = ["key.shred", "file.delete", "file.hold", "file.unhold"] as const;
export type OrderType = (typeof ORDERS)[number];

export interface OrderRequest {
  /** The entry, base64url. */
  readonly leaf: string;
  /** tlog-proof without cosignature. */
  readonly proof: string;
  readonly old: number;
  readonly consistency: readonly string[];
  readonly statements: readonly Json[];
  /** For a sweep: that the case was closed, under the same checkpoint. */
  readonly closed?: { readonly leaf: string; readonly proof: string };
  /** What this releaser signed when it had done it: it then asks no more who may order it. */
  readonly done?: SignedOrderDone;
}
/** What the releaser says that it did. */
export interface OrderDone {
  readonly v: 1;
  /** RFC 6962's hash of the entry that ordered it. */
  readonly leaf: string;
  readonly order: OrderType;
  readonly case: string;
  readonly file?: string;
  readonly at: string;
}
export interface SignedOrderDone {
  readonly done: OrderDone;
  /** Ed25519 by the releaser. */
  readonly sig: string;
}

export const MAX_ORDER_BYTES = 8 * 1024 * 1024;

const doneCheck: Check<SignedOrderDone> = shape({
  done: shape(
    { v: constant(1), leaf: binary(32), order: constant(...ORDERS), case: id("case"), at: time },
    { file: id("file") },
  ),
  sig: binary(64),
});

const requestCheck: Check<OrderRequest> = shape(
  {
    leaf: text(87_380),
    proof: text(400_000),
    old: integer(0, Number.MAX_SAFE_INTEGER),
    consistency: list(binary(32), 63),
    statements: list(anyJson, 20_000),
  },
  { done: doneCheck, closed: shape({ leaf: text(87_380), proof: text(400_000) }) },
);
export function parseOrderRequest(input: Uint8Array | string): OrderRequest {
  return readText(requestCheck, input, { name: "the order", code: "order.invalid", maxBytes: MAX_ORDER_BYTES });
}

export function parseOrderDone(input: Uint8Array | string): SignedOrderDone {
  return readText(doneCheck, input, { name: "the confirmation", code: "order.invalid", maxBytes: 4096 });
}

export async function signOrderDone(done: OrderDone, releaser: SigningKey): Promise<SignedOrderDone> {
  return { done, sig: toBase64url(await ed25519Sign(releaser, signatureInput("order", canonical(done)))) };
}

/** Throws order.signature unless this releaser (Ed25519, base64url) signed that it did what the entry ordered. */
export async function verifyOrderDone({ done, sig }: SignedOrderDone, releaser: string): Promise<OrderDone> {
  const input = signatureInput("order", canonical(done));
  if (await ed25519Verify(fromBase64url(releaser), input, fromBase64url(sig))) return done;
  throw new SealError("order.signature", "The confirmation is not signed by the releaser of this case.");
}
