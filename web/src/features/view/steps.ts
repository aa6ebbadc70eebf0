import type { ProofStep } from "../../engine/index.ts";
import { formatDateTime, formatNumber, m } from "../../i18n/index.ts";

/** A verified step in plain words. */
export function stepText({ step, detail }: ProofStep): string {
  const count = (name: string): string => formatNumber(Number(detail[name] ?? 0));
  const time = (): string => formatDateTime(new Date(Number(detail["time"] ?? 0) * 1000));
  switch (step) {
    case "leaf":
      return m.view_proof_leaf({ index: count("index") });
    case "log":
      return m.view_proof_log({ size: count("size") });
    case "witness":
      return m.view_proof_witness({ time: time() });
    case "inclusion":
      return m.view_proof_inclusion({ index: count("index"), size: count("size") });
    case "releaser":
      return m.view_proof_releaser();
    case "manifest":
      return m.view_proof_manifest();
    case "consistency":
      return m.view_proof_consistency({ size: count("size") });
    case "actor":
      return m.view_proof_actor({ name: String(detail["name"] ?? "") });
  }
}
