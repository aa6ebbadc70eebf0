import { Menu as Base } from "@base-ui/react/menu";
import type { ReactElement, ReactNode } from "react";
import { cx } from "./cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./menu.module.css";

/** `trigger` is a Button or IconButton of the kit. */
export function Menu({
  trigger,
  align = "end",
  children,
}: {
  readonly trigger: ReactElement<Record<string, unknown>>;
  readonly align?: "start" | "end";
  readonly children: ReactNode;
}) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} align={align}>
          <Base.Popup className={styles.popup}>{children}</Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

export interface MenuItemProps {
  readonly icon?: IconName;
  readonly danger?: boolean;
  readonly disabled?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon, danger = false, disabled = false, onSelect, children }: MenuItemProps) {
  return (
    <Base.Item className={cx(styles.item, danger && styles.danger)} disabled={disabled} onClick={onSelect}>
      {icon ? <Icon name={icon} className={styles.icon} /> : <span className={styles.icon} />}
      {children}
    </Base.Item>
  );
}

export interface MenuChoicesProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly lang?: string }[];
}

/** One of several, within a menu. */
export function MenuChoices<Value extends string>({ label, value, onValue, choices }: MenuChoicesProps<Value>) {
  return (
    <Base.RadioGroup
      value={value}
      onValueChange={(next) => {
        const choice = choices.find((candidate) => candidate.value === next);
        if (choice) onValue(choice.value);
      }}
    >
      <Base.Group>
        <Base.GroupLabel className={styles.group}>{label}</Base.GroupLabel>
        {choices.map((choice) => (
          <Base.RadioItem key={choice.value} value={choice.value} className={styles.item} closeOnClick>
            <Base.RadioItemIndicator className={styles.check} keepMounted>
              <Icon name="check" />
            </Base.RadioItemIndicator>
            <span lang={choice.lang}>{choice.label}</span>
          </Base.RadioItem>
        ))}
      </Base.Group>
    </Base.RadioGroup>
  );
}

export function MenuSeparator() {
  return <Base.Separator className={styles.separator} />;
}
