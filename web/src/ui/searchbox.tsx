import type { RefObject } from "react";
import { Icon } from "./icon.tsx";
import { Hidden } from "./states.tsx";
import { Kbd } from "./text.tsx";
import styles from "./searchbox.module.css";

export interface SearchBoxProps {
  readonly label: string;
  readonly placeholder: string;
  readonly value: string;
  readonly onValue: (value: string) => void;
  readonly field: RefObject<HTMLInputElement | null>;
}

/** The search field of a list; `/` leads to it (useSearchKeys). */
export function SearchBox({ label, placeholder, value, onValue, field }: SearchBoxProps) {
  return (
    <label className={styles.search}>
      <Icon name="search" />
      <Hidden>{label}</Hidden>
      <input
        ref={field}
        type="search"
        value={value}
        placeholder={placeholder}
        onChange={(event) => onValue(event.currentTarget.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <Kbd>/</Kbd>
    </label>
  );
}
