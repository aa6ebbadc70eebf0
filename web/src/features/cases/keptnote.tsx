import type { StatementJson, TextItem } from "../../engine/index.ts";
import { readDocument } from "../../engine/sandoc.ts";
import { keptText } from "../../preview/kept.ts";
import { Icon } from "../../ui/index.ts";
import { useText } from "./texts.tsx";
import styles from "./cases.module.css";

/** That the customer loosened something stands beside the file, before anybody opens it. */
export function KeptNote({ item, caseKey }: { readonly item: TextItem; readonly caseKey: StatementJson }) {
  const text = useText(item, caseKey);
  const kept = text !== undefined && "text" in text ? keptOf(text.text) : [];
  if (kept.length === 0) return null;
  return (
    <span className={styles.keptNote}>
      <Icon name="unlock" /> {keptText(kept)}
    </span>
  );
}

function keptOf(text: string): ReturnType<typeof readDocument>["kept"] {
  try {
    return readDocument(text).kept;
  } catch {
    // Another program's document: opening the file says so.
    return [];
  }
}
