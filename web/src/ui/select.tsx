import { Select as Base } from "@base-ui/react/select";
import { cx } from "./cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./select.module.css";

interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
  /** A second, quieter line. */
  readonly detail?: string;
}

export interface SelectProps<Value extends string> {
  /** The accessible name; inside a Field leave it out, the Field's label names the control. */
  readonly label?: string;
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly choices: readonly Choice<Value>[];
  readonly size?: "sm" | "md";
  readonly icon?: IconName;
  readonly disabled?: boolean;
}

export function Select<Value extends string>({
  label,
  value,
  onValue,
  choices,
  size = "md",
  icon,
  disabled = false,
}: SelectProps<Value>) {
  return (
    <Base.Root
      items={choices.map((choice) => ({ value: choice.value, label: choice.label }))}
      value={value}
      disabled={disabled}
      onValueChange={(next) => {
        const choice = choices.find((candidate) => candidate.value === next);
        if (choice) onValue(choice.value);
      }}
    >
      <Base.Trigger className={cx(styles.trigger, size === "sm" && styles.small)} aria-label={label}>
        {icon && <Icon name={icon} className={styles.lead} />}
        <Base.Value className={styles.value} />
        <Base.Icon className={styles.chevron}>
          <Icon name="chevronDown" />
        </Base.Icon>
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner className={styles.positioner} sideOffset={4} alignItemWithTrigger={false}>
          <Base.Popup className={styles.popup}>
            <Base.List className={styles.list}>
              {choices.map((choice) => (
                <Base.Item key={choice.value} value={choice.value} className={styles.item}>
                  <Base.ItemIndicator className={styles.check} keepMounted>
                    <Icon name="check" />
                  </Base.ItemIndicator>
                  <Base.ItemText className={styles.text}>{choice.label}</Base.ItemText>
                  {choice.detail !== undefined && <span className={styles.detail}>{choice.detail}</span>}
                </Base.Item>
              ))}
            </Base.List>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
