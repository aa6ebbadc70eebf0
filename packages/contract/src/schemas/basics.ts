import { z } from "zod";
import { ID_PREFIXES, type IdKind } from "@breakwater/wire";

/** Reading HTTP bodies once into checked values. Limits here bound what anybody can make the server hold. */
export const b64 = (maxLength: number) =>
  z
    .string()
    .max(maxLength)
    .regex(/^[A-Za-z0-9_-]*$/);
export const id = <Kind extends IdKind>(kind: Kind) =>
  z.string().regex(new RegExp(`^${ID_PREFIXES[kind]}[a-z2-7]{26}$`));
export const time = z.iso.datetime({ precision: 3 });
type Members = Readonly<Record<string, unknown>>;
/** Any object: what it means is checked elsewhere. */
export const json: z.ZodType<Members> = z.record(z.string(), z.unknown());

export const orgId = id("org");
export const userId = id("user");
export const caseId = id("case");
export const fileId = id("file");
export const partId = id("part");
export const inviteId = id("invite");
export const deviceId = id("device");
export const sessionId = id("session");
export const messageId = id("message");

/** A signed statement (docs/protocol.md section 2). Its meaning is checked by packages/seal, never here. */
export const Statement = z.object({
  body: json,
  sigs: z
    .array(z.object({ by: b64(64), sig: b64(128) }))
    .min(1)
    .max(4),
});
export const Sealed = z.object({ to: z.string().max(64), enc: b64(2048), ct: b64(16_384) });
/** An act: the signed part of a leaf with its signature (section 4.1). */
export const Act: z.ZodType<Members> = z.record(z.string(), z.unknown());
export const UkWrap = z.object({
  method: z.enum(["prf", "passphrase", "recovery"]),
  id: z.string().max(1024),
  wrapped: b64(256),
  salt: b64(64).optional(),
});
export const DeviceJwk = z.object({ kty: z.literal("EC"), crv: z.literal("P-256"), x: b64(64), y: b64(64) });
