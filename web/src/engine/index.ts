/** The face of the engine for pages. The worker behind it is started by engine.html. */
export type * from "./api.ts";
export type * from "./api-approvals.ts";
export type * from "./api-access.ts";
export type * from "./api-messages.ts";
export type * from "./api-others.ts";
export { connectEngine } from "./client.ts";
export { device, proofFor } from "./device.ts";
export { RemoteError } from "./error.ts";
