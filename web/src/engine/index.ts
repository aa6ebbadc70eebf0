/** The face of the engine for pages. The worker behind it is started by engine.html. */
export type * from "./api.ts";
export { connectEngine } from "./client.ts";
export { device, forgetDevice, proofFor, type Device } from "./device.ts";
export { EngineError, RemoteError } from "./error.ts";
