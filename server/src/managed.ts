import { BlockList, isIPv4 } from "node:net";
import type { FastifyRequest } from "fastify";
import type { Config } from "./config.ts";

/** Proxies say it in one of these ways (nginx, Apache, Envoy, HAProxy). */
const VERIFIED = /^(success|verified|true|1)$/i;

/**
 * Whether a request comes from a managed device: the operator's own proxy checked a client certificate and says so in a
 * header. Nobody else's word counts: from any other peer the header is ignored, and logged, because somebody tries it.
 */
export function managedDevices(
  { trustedProxies, managedHeader }: Pick<Config, "trustedProxies" | "managedHeader">,
  warn: (message: string) => void,
): (request: FastifyRequest) => boolean | null {
  if (managedHeader === undefined) return () => null;
  const proxies = new BlockList();
  for (const proxy of trustedProxies) {
    const [address = "", bits] = proxy.split("/");
    const family = isIPv4(address) ? "ipv4" : "ipv6";
    if (bits === undefined) proxies.addAddress(address, family);
    else proxies.addSubnet(address, Number(bits), family);
  }
  return ({ headers, socket }) => {
    const value = headers[managedHeader];
    if (value === undefined) return false;
    const peer = (socket.remoteAddress ?? "").replace(/^::ffff:(?=\d+\.)/, "");
    if (!proxies.check(peer, isIPv4(peer) ? "ipv4" : "ipv6")) {
      warn(`A request from ${peer} carried ${managedHeader}, which only a trusted proxy may send. It was ignored.`);
      return false;
    }
    return typeof value === "string" && VERIFIED.test(value);
  };
}
