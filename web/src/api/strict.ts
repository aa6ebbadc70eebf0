import { config } from "zod";

// Imported before anything that makes a schema: zod would otherwise probe for eval, which our policy reports even though
// the probe is caught.
config({ jitless: true });
