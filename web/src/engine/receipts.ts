import { fingerprintWords, parseReceipt, verifyReceipt } from "@breakwater/seal";
import type { ReceiptJson, VerifiedReceiptView } from "./api.ts";
import type { Session } from "./session.ts";

/** Nothing of a receipt is believed but what follows from this person's own pins. */
export async function viewReceipt(session: Session, receipt: ReceiptJson): Promise<VerifiedReceiptView> {
  const verified = await verifyReceipt(parseReceipt(JSON.stringify(receipt)), session.pins());
  return {
    desk: verified.desk.name,
    words: fingerprintWords(verified.desk.fingerprint),
    file: verified.file,
    case: verified.case,
    at: verified.at,
    index: verified.index,
    size: verified.size,
    origin: verified.origin,
    cosigned: verified.cosigned,
    man: verified.manifestHash,
  };
}
