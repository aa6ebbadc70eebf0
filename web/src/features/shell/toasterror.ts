import { explain } from "../../api/index.ts";
import { toast } from "../../ui/index.ts";

/** For an act that failed where no better place is to say so. */
export function toastError(error: unknown): void {
  const { message, help } = explain(error);
  toast(message, { tone: "danger", ...(help === undefined ? {} : { detail: help }) });
}
