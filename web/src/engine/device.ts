import { createProof, generateDeviceKey, publicJwk, type DeviceKey, type PublicJwk } from "@breakwater/seal";
import { newId, toBase64url } from "@breakwater/wire";
import { read, write } from "./database.ts";

/**
 * This browser's key (docs/protocol.md section 1): ES256, its private half never leaves the browser's key store. Page and
 * worker both use it: the page to prove each request, the worker to sign acts and manifests.
 */
interface Device {
  readonly dev: string;
  readonly key: DeviceKey;
  readonly jwk: PublicJwk;
}

interface Stored {
  readonly dev: string;
  readonly key: DeviceKey;
}

const SLOT = "current";
let known: Promise<Device> | undefined;

/** The browser's device, made on first use. */
export function device(): Promise<Device> {
  known ??= load().catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function load(): Promise<Device> {
  // Page and worker may both come here first: the lock makes one of them the maker.
  return navigator.locks.request("breakwater-device", async () => {
    let stored = await read<Stored>("device", SLOT);
    if (!stored) {
      stored = { dev: newId("device"), key: await generateDeviceKey() };
      await write("device", SLOT, stored);
    }
    return { dev: stored.dev, key: stored.key, jwk: await publicJwk(stored.key) };
  });
}

/** The DPoP header of one request (RFC 9449). `skewMs`: server's clock minus ours, where the caller knows it. */
export async function proofFor(method: string, url: string, skewMs = 0): Promise<string> {
  const { key } = await device();
  const jti = toBase64url(crypto.getRandomValues(new Uint8Array(16)));
  return createProof({
    method,
    url: new URL(url, location.origin).href,
    iat: Math.floor((Date.now() + skewMs) / 1000),
    jti,
    key,
  });
}
