export * from "./paths.ts";
export * from "./errors.ts";
export * from "./who.ts";
export * as schemas from "./schemas.ts";
