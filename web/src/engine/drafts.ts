import { hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, DOMAIN, utf8, utf8Decode } from "@breakwater/wire";
import type { Draft } from "./api-messages.ts";
import { read, remove, write } from "./database.ts";
import type { Session } from "./session.ts";

const IV = 12;

/**
 * What somebody began to write, and what is on its way: sealed under the person's own key, so that it outlives a reload and the
 * end of a session, and that nobody who takes this browser's disk reads it.
 */
export async function writeDraft(session: Session, caseId: string, draft: Draft | undefined): Promise<void> {
  const name = nameOf(session, caseId);
  if (draft === undefined) return remove("drafts", name);
  const iv = crypto.getRandomValues(new Uint8Array(IV));
  const plain = utf8(JSON.stringify(draft));
  const sealed = await crypto.subtle.encrypt(
    { name: "AES-GCM", iv, additionalData: utf8(name) },
    await keyOf(session, "encrypt"),
    plain,
  );
  await write("drafts", name, concat(iv, new Uint8Array(sealed)));
}

/** Undefined as well where it cannot be opened any more: an older key's. */
export async function readDraft(session: Session, caseId: string): Promise<Draft | undefined> {
  const name = nameOf(session, caseId);
  const stored = await read<Uint8Array<ArrayBuffer>>("drafts", name);
  if (!stored) return undefined;
  try {
    const plain = await crypto.subtle.decrypt(
      { name: "AES-GCM", iv: stored.slice(0, IV), additionalData: utf8(name) },
      await keyOf(session, "decrypt"),
      stored.slice(IV),
    );
    // Our own writing, authenticated.
    return JSON.parse(utf8Decode(new Uint8Array(plain))) as Draft;
  } catch {
    return undefined;
  }
}

function nameOf(session: Session, caseId: string): string {
  return `${session.who().user} ${caseId}`;
}

function keyOf(session: Session, use: KeyUsage): Promise<CryptoKey> {
  const { userKey } = session.keys();
  const key = new Uint8Array(hkdf(sha256, userKey, undefined, utf8(`${DOMAIN}draft`), 32));
  return crypto.subtle.importKey("raw", key, "AES-GCM", false, [use]);
}
