/** Provided by web/vite.config.ts: where the build put the engine's worker. */
declare module "virtual:engine-worker" {
  const url: string;
  export default url;
}
