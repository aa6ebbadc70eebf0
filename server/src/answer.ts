import type { schemas } from "@breakwater/contract";
import type { Statement } from "@breakwater/seal";
import type { z } from "zod";

/** A checked statement as the contract's answers carry it. */
export function statementAnswer({ body, sigs }: Statement): z.output<typeof schemas.Statement> {
  return { body: { ...body }, sigs: sigs.map(({ by, sig }) => ({ by, sig })) };
}
