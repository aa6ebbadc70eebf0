import { joinRecovery, readRecoveryWords } from "@breakwater/seal";

/** 24 words alone, or lines that begin with BW1-: the shares of several holders. */
export async function recoverySecret(typed: string): Promise<Uint8Array<ArrayBuffer>> {
  const shares = typed.split(/(?=BW1-)/i).filter((part) => part.trim() !== "");
  return /BW1-/i.test(typed)
    ? joinRecovery(shares.map((share) => share.replace(/\s+/g, " ")))
    : readRecoveryWords(typed);
}
