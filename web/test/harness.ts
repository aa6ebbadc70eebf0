import { connectEngine, device, proofFor } from "../src/engine/index.ts";

// A page as small as a page can be, for driving the engine from tests under the application's policy.
Object.assign(globalThis, { breakwater: { connectEngine, device, proofFor } });
