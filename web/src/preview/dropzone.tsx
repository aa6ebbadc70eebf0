import { useId, useRef, useState, type DragEvent } from "react";
import { m } from "../i18n/index.ts";
import type { SanitiserMode } from "../engine/index.ts";
import { ModeChoice } from "./modechoice.tsx";
import { buttonClass, cx, Icon } from "../ui/index.ts";
import styles from "./dropzone.module.css";

/** The whole area takes a drop; the button inside is the keyboard's way. */
export interface DropzoneProps {
  readonly onFile: (file: File) => void;
  readonly mode: SanitiserMode;
  readonly onMode: (mode: SanitiserMode) => void;
  readonly hint: string;
  /** What is promised about the file. */
  readonly promises: readonly string[];
}

export function Dropzone({ onFile, mode, onMode, hint, promises }: DropzoneProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const hintId = useId();
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  };
  return (
    <div
      className={cx(styles.drop, over && styles.over)}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={drop}
    >
      <span className={styles.dropIcon}>
        <Icon name="upload" large />
      </span>
      <p className={styles.dropTitle}>{m.upload_drop_title()}</p>
      <p className={styles.dropHint} id={hintId}>
        {hint}
      </p>
      <label className={cx(buttonClass("primary"), styles.choose)}>
        <input
          ref={input}
          className={styles.input}
          type="file"
          aria-describedby={hintId}
          onChange={(event) => {
            const file = event.currentTarget.files?.[0];
            if (file) onFile(file);
            event.currentTarget.value = "";
          }}
        />
        {m.upload_choose()}
      </label>
      <div className={styles.modes}>
        <ModeChoice mode={mode} onMode={onMode} />
      </div>
      <ul className={styles.promises}>
        {promises.map((promise) => (
          <li key={promise}>
            <Icon name="check" />
            {promise}
          </li>
        ))}
      </ul>
    </div>
  );
}
