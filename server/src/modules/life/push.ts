import { formatProof } from "@breakwater/ledger";
import { parseOrderDone, type OrderRequest, type SignedOrderDone } from "@breakwater/seal";
import { CodedError, toBase64url, type Json } from "@breakwater/wire";
import { statementAnswer } from "../../answer.ts";
import type { Accounts } from "../accounts/index.ts";
import type { Ledger, Proven } from "../ledger/index.ts";
import type { OrderRow } from "./store.ts";

export interface Orderly {
  order(request: OrderRequest): Promise<SignedOrderDone>;
}

const MOST_ATTEMPTS = 8;

/** Tells a releaser of one logged order, proven from whatever size of the log it has seen. */
export async function push(
  { ledger, accounts }: { readonly ledger: Ledger; readonly accounts: Accounts },
  releaser: Orderly,
  { org, idx, entry, done, case_id, by_user }: OrderRow,
): Promise<SignedOrderDone> {
  const statements = (await accounts.statementsOf(org)).map((statement) => statementAnswer(statement) as Json);
  const closing = by_user === "server" ? await ledger.newest(org, case_id, "case.close") : undefined;
  let old = 0;
  for (let attempt = 0; ; attempt++) {
    const { checkpoint, inclusion } = await ledger.prove(org, idx);
    const closed = closing && {
      leaf: toBase64url(closing.entry),
      proof: await proofOf(ledger, org, closing.index, checkpoint),
    };
    const { proof: consistency } = await ledger.consistency(org, Math.min(old, checkpoint.size), checkpoint);
    try {
      return await releaser.order({
        leaf: entry,
        proof: formatProof({ index: idx, proof: inclusion, checkpoint: checkpoint.note }),
        old,
        consistency: consistency.map(toBase64url),
        statements,
        ...(closed === undefined ? {} : { closed }),
        ...(done === null ? {} : { done: parseOrderDone(done) }),
      });
    } catch (error) {
      const size = seenSize(error);
      if (size === undefined || attempt === MOST_ATTEMPTS) throw error;
      old = size;
    }
  }
}

async function proofOf(ledger: Ledger, org: string, index: number, checkpoint: Proven["checkpoint"]): Promise<string> {
  const { inclusion } = await ledger.prove(org, index, checkpoint);
  return formatProof({ index, proof: inclusion, checkpoint: checkpoint.note });
}

function seenSize(error: unknown): number | undefined {
  if (!(error instanceof CodedError) || error.code !== "release.behind" || !("size" in error)) return undefined;
  return typeof error.size === "number" ? error.size : undefined;
}
