import styles from "./icon.module.css";
import { cx } from "./cx.ts";

/** 16-pixel line icons, drawn here so that no icon font or sprite has to be loaded. */
const SHAPES = {
  home: "M2.5 7.2 8 2.5l5.5 4.7v6.3h-3.8V9.6H6.3v3.9H2.5z",
  cases: "M2.5 3.5h11v9h-11zM2.5 6.5h11M6 9.5h4",
  people:
    "M6 7.5a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6M1.8 13.2c.2-2.5 1.8-3.9 4.2-3.9s4 1.4 4.2 3.9M10.6 7.3a2 2 0 1 0-.6-3.9M11.4 9.4c1.7.3 2.7 1.6 2.9 3.6",
  access: "M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8M8 9.8a1.8 1.8 0 1 0 0-3.6 1.8 1.8 0 0 0 0 3.6",
  mail: "M2 3.5h12v9H2zM2.3 4l5.7 4.6L13.7 4",
  reply: "M6.4 3.2 2.4 7.2l4 4M2.6 7.2h6.2c2.9 0 4.6 1.6 4.8 5.4",
  send: "M2.4 2.8 14 8 2.4 13.2 4.2 8zM4.2 8h5.6",
  tag: "M2.4 2.4h5.4l5.8 5.8-5.4 5.4-5.8-5.8zM5.4 5.4h.1",
  plus: "M8 3v10M3 8h10",
  check: "m3 8.5 3.4 3.4L13 4.8",
  close: "m3.8 3.8 8.4 8.4m0-8.4-8.4 8.4",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  lock: "M3.5 7.2h9v6.3h-9zM5.3 7.2V5a2.7 2.7 0 0 1 5.4 0v2.2",
  unlock: "M3.5 7.2h9v6.3h-9zM5.3 7.2V5a2.7 2.7 0 0 1 5.2-1",
  seal: "M8 1.8 13 4v3.6c0 3.2-2 5.3-5 6.6-3-1.3-5-3.4-5-6.6V4zM5.8 7.9l1.6 1.6 2.9-3",
  file: "M4 1.8h5.2L12.5 5v9.2H4zM9 1.8V5.2h3.5",
  upload: "M8 10.5V2.8M4.8 5.8 8 2.6l3.2 3.2M2.8 10.2v3h10.4v-3",
  download: "M8 2.8v7.7M4.8 7.4 8 10.6l3.2-3.2M2.8 10.2v3h10.4v-3",
  key: "M6 10.6a2.9 2.9 0 1 1 2.6-4.2h5.2v2.4h-1.6v1.7h-2V8.8H8.6A2.9 2.9 0 0 1 6 10.6M5.7 7.7h.1",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9M10.3 10.3l3.4 3.4",
  filter: "M2.2 3.5h11.6M4.2 8h7.6M6.4 12.5h3.2",
  chevronDown: "m4 6.2 4 4 4-4",
  chevronRight: "m6.2 4 4 4-4 4",
  chevronLeft: "m9.8 4-4 4 4 4",
  arrowRight: "M2.8 8h10M9 4.2 12.8 8 9 11.8",
  sun: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6M8 1.5v1.6M8 12.9v1.6M1.5 8h1.6M12.9 8h1.6M3.4 3.4l1.1 1.1M11.5 11.5l1.1 1.1M12.6 3.4l-1.1 1.1M4.5 11.5l-1.1 1.1",
  moon: "M13.3 9.6A5.8 5.8 0 0 1 6.4 2.7a5.6 5.6 0 1 0 6.9 6.9",
  screen: "M2 3h12v8H2zM6 13.5h4M8 11v2.5",
  globe: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12M2.2 8h11.6M8 2c3.2 3.4 3.2 8.6 0 12M8 2c-3.2 3.4-3.2 8.6 0 12",
  signOut: "M6.2 2.8H2.8v10.4h3.4M7 8h6.4M10.6 5l2.9 3-2.9 3",
  menu: "M2.5 4.5h11M2.5 8h11M2.5 11.5h11",
  warn: "M8 2.2 14.4 13H1.6zM8 6.4v3.3M8 11.4v.1",
  info: "M8 14a6 6 0 1 0 0-12 6 6 0 0 0 0 12M8 7.4v3.6M8 5.1v.1",
  refresh: "M13.2 6.4A5.4 5.4 0 0 0 3.4 5M2.8 9.6A5.4 5.4 0 0 0 12.6 11M3.2 2.2V5h2.8M12.8 13.8V11H10",
  more: "M3.4 8h.1M8 8h.1M12.6 8h.1",
  clock: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12M8 4.8V8l2.2 1.6",
  user: "M8 8a2.7 2.7 0 1 0 0-5.4A2.7 2.7 0 0 0 8 8M2.8 13.8c.3-2.7 2.2-4.2 5.2-4.2s4.9 1.5 5.2 4.2",
  building: "M3 14V2.5h6.5V14M9.5 6H13v8M2 14h12M5.2 5.2h.1M7.2 5.2h.1M5.2 8h.1M7.2 8h.1M5.2 10.8h.1M7.2 10.8h.1",
  keyboard: "M1.8 4.2h12.4v7.6H1.8zM4.4 7h.1M6.8 7h.1M9.2 7h.1M11.6 7h.1M5 9.6h6",
  passkey:
    "M6 7.6a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5M1.6 13.2c.2-2.4 1.8-3.8 4.4-3.8 1 0 1.8.2 2.4.5M12 9.2a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4M12 9.2v4.6l1.2-1.1M12 11.2h1.2",
  external: "M9 2.8h4.2V7M13 3 7.6 8.4M11.2 9.4v3.8H2.8V4.8h3.8",
} as const;

export type IconName = keyof typeof SHAPES;

export function Icon({
  name,
  className,
  large = false,
}: {
  readonly name: IconName;
  readonly className?: string | undefined;
  readonly large?: boolean;
}) {
  return (
    <svg
      className={cx(styles.icon, large && styles.large, className)}
      viewBox="0 0 16 16"
      width="16"
      height="16"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.4"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={SHAPES[name]} />
    </svg>
  );
}

/** A harbour wall before the sea: the product's mark. */
export function Mark({ className }: { readonly className?: string | undefined }) {
  return (
    <svg
      className={cx(styles.mark, className)}
      viewBox="0 0 24 24"
      width="24"
      height="24"
      aria-hidden="true"
      focusable="false"
    >
      <rect width="24" height="24" rx="6" fill="var(--accent)" />
      <path
        d="M7.2 5.5v8.2M12 5.5v8.2M16.8 5.5v8.2"
        stroke="var(--on-accent)"
        strokeWidth="2.2"
        strokeLinecap="round"
      />
      <path
        d="M4.4 17.9c1.3-1.3 2.5-1.3 3.8 0s2.5 1.3 3.8 0 2.5-1.3 3.8 0 2.5 1.3 3.8 0"
        fill="none"
        stroke="var(--on-accent)"
        strokeWidth="1.6"
        strokeLinecap="round"
      />
    </svg>
  );
}
