export * from "./paths.ts";
export * from "./errors.ts";
export * from "./who.ts";
export * from "./changes.ts";
export * as schemas from "./schemas.ts";
