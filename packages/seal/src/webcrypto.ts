/** A WebCrypto key as the host declares it: the same source serves Node and browsers without naming either's types. */
export type WebKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** WebCrypto takes no views of shared memory, whose bytes could change between check and use; such a view is copied. */
export function owned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}

export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

const IV = 12;

async function aesKey(key: Uint8Array, usage: "encrypt" | "decrypt"): Promise<WebKey> {
  return crypto.subtle.importKey("raw", owned(key), "AES-GCM", false, [usage]);
}

/** AES-256-GCM with a random nonce: `iv(12) ‖ ciphertext ‖ tag`, for the few small things sealed under a symmetric key. */
export async function sealSmall(
  key: Uint8Array,
  aad: Uint8Array,
  plaintext: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  const iv = randomBytes(IV);
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: owned(aad) },
    await aesKey(key, "encrypt"),
    owned(plaintext),
  );
  const out = new Uint8Array(IV + sealed.byteLength);
  out.set(iv);
  out.set(new Uint8Array(sealed), IV);
  return out;
}

/** Null when the key, the additional data or any byte is not what was sealed. */
export async function openSmall(
  key: Uint8Array,
  aad: Uint8Array,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (sealed.length < IV + 16) return null;
  const cryptoKey = await aesKey(key, "decrypt");
  try {
    const plaintext = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: owned(sealed.subarray(0, IV)), additionalData: owned(aad) },
      cryptoKey,
      owned(sealed.subarray(IV)),
    );
    return new Uint8Array(plaintext);
  } catch {
    return null;
  }
}
