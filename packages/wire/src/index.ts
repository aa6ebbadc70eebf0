/** The primitives every Breakwater wire format is made of. */
export { canonicalize, type Json, type JsonObject } from "./canonical.ts";
export { fromBase64, fromBase64url, toBase64, toBase64url, toHex, fromHex } from "./encoding.ts";
export { concat, equalBytes, utf8, utf8Decode } from "./bytes.ts";
export { domainHash, DOMAIN } from "./hash.ts";
export { ID_PREFIXES, isId, newId, type Id, type IdKind } from "./id.ts";
export { CodedError } from "./error.ts";
export { parseJson, type ParseLimits } from "./parse.ts";
