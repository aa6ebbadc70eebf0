import { canonicalize, type Json } from "@breakwater/wire";

/**
 * The canonical text of one of our own checked types. An interface has no index signature, so the compiler cannot
 * see that it is JSON; canonicalize refuses at run time what JSON cannot carry.
 */
export function canonical(value: object): string {
  return canonicalize(value as Json);
}
