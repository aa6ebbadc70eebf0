import { createHmac } from "node:crypto";
import { isIPv4, isIPv6 } from "node:net";

/** Where a request came from, as its log may keep it: linkable within one log, not readable (docs/protocol.md section 5). */
export function netOf(salt: Uint8Array, address: string): { readonly ip: string; readonly pfx: string } | undefined {
  const plain = plainAddress(address);
  const pfx = networkPrefix(plain);
  if (pfx === null) return undefined;
  return { ip: createHmac("sha256", salt).update(plain).digest("base64url"), pfx };
}

/** An IPv4 address that arrived on a dual-stack socket is the same address. */
function plainAddress(address: string): string {
  const bare = address.split("%", 1)[0] ?? "";
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1];
  return mapped ?? bare.toLowerCase();
}

/** /24 for IPv4, /48 for IPv6; null for what is no address. */
export function networkPrefix(from: string): string | null {
  const address = plainAddress(from);
  if (isIPv4(address)) return `${address.split(".").slice(0, 3).join(".")}.0/24`;
  if (!isIPv6(address)) return null;
  const [head = "", tail] = address.split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const groups =
    tail === undefined ? front : [...front, ..."0".repeat(Math.max(0, 8 - front.length - back.length)), ...back];
  return `${groups
    .slice(0, 3)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(":")}::/48`;
}
