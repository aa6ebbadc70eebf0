import { Toast as Base } from "@base-ui/react/toast";
import type { ReactNode } from "react";
import { cx } from "./cx.ts";
import { IconButton } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { m } from "../i18n/index.ts";
import styles from "./toast.module.css";

const manager = Base.createToastManager();

export type ToastTone = "ok" | "danger" | "info";

/** Says that something happened. Never the only place of something that must be acted on. */
export function toast(title: string, options: { readonly tone?: ToastTone; readonly detail?: string } = {}): void {
  const tone = options.tone ?? "ok";
  manager.add({
    title,
    type: tone,
    priority: tone === "danger" ? "high" : "low",
    timeout: tone === "danger" ? 12_000 : 5000,
    ...(options.detail === undefined ? {} : { description: options.detail }),
  });
}

export function ToastProvider({ children }: { readonly children: ReactNode }) {
  return (
    <Base.Provider toastManager={manager} limit={4}>
      {children}
      <Base.Portal>
        <Base.Viewport className={styles.viewport}>
          <Toasts />
        </Base.Viewport>
      </Base.Portal>
    </Base.Provider>
  );
}

function Toasts() {
  const { toasts, close } = Base.useToastManager();
  return toasts.map((entry) => (
    <Base.Root
      key={entry.id}
      toast={entry}
      className={cx(styles.toast, entry.type === "danger" && styles.danger)}
      swipeDirection={["right", "down"]}
    >
      <Base.Content className={styles.content}>
        <Icon
          name={entry.type === "danger" ? "warn" : entry.type === "info" ? "info" : "check"}
          className={styles.icon}
        />
        <div className={styles.text}>
          <Base.Title className={styles.title} render={<p />} />
          <Base.Description className={styles.detail} />
        </div>
        <IconButton icon="close" size="sm" label={m.ui_dismiss()} onClick={() => close(entry.id)} />
      </Base.Content>
    </Base.Root>
  ));
}
