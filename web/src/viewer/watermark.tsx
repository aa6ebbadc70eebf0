import { formatDateTime, m } from "../i18n/index.ts";
import type { Watermark } from "./protocol.ts";
import styles from "./viewer.module.css";

const COPIES = 60;

/** Who is looking, over everything that is shown: a photograph of the screen tells the same as the log. */
export function WatermarkLayer({ mark }: { readonly mark: Watermark }) {
  const text = m.view_watermark({
    reader: mark.reader,
    time: formatDateTime(new Date(mark.at)),
    leaf: String(mark.leaf),
  });
  return (
    <div className={styles.watermark} aria-hidden="true" data-watermark="">
      {Array.from({ length: COPIES }, (_, copy) => (
        <span key={copy}>{text}</span>
      ))}
    </div>
  );
}
