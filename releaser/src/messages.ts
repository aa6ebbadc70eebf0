import type { Leaf } from "@breakwater/ledger";
import { messagesHash, verifyMessage, type SignedMessage, type Trust } from "@breakwater/seal";
import { ReleaserError } from "./error.ts";
import { refuseAs } from "./logged.ts";

/** `parts` of a leaf about messages (protocol 12). */
const PARTS = "messages";

/** The leaf names these messages of its own case, each once, and no file or grant beside them. */
export function namesMessages(leaf: Leaf, messages: readonly SignedMessage[]): boolean {
  return (
    messages.length > 0 &&
    new Set(messages.map(({ message }) => message.message)).size === messages.length &&
    messages.every(({ message }) => message.case === leaf.case && message.org === leaf.org) &&
    leaf.file === undefined &&
    leaf.grant === undefined &&
    leaf.why === "correspond" &&
    leaf.parts?.join() === PARTS &&
    leaf.man === messagesHash(messages)
  );
}

/** Whoever wrote it belongs to the customer whose case it is, or to the desk. */
export async function checkWriter(signed: SignedMessage, trust: Trust): Promise<void> {
  const { by, device: dev, org } = signed.message;
  const device = trust.device(dev);
  if (device?.person.user !== by || (device.person.org !== org && device.person.org !== trust.desk.id))
    throw new ReleaserError(
      "release.manifest",
      "A message's writer does not chain to the case's customer or to the desk.",
    );
  await refuseAs("release.manifest", () => verifyMessage(signed, device.jwk));
}
