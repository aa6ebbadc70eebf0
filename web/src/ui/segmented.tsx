import { Radio } from "@base-ui/react/radio";
import { RadioGroup } from "@base-ui/react/radio-group";
import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Field as BaseField } from "@base-ui/react/field";
import { useId, type ReactNode } from "react";
import { cx } from "./cx.ts";
import { Icon, type IconName } from "./icon.tsx";
import styles from "./segmented.module.css";

export interface SegmentedProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly icon?: IconName }[];
}

/** One of a few, all visible: filters and views. */
export function Segmented<Value extends string>({ label, value, onValue, choices }: SegmentedProps<Value>) {
  return (
    <RadioGroup
      className={styles.group}
      aria-label={label}
      value={value}
      onValueChange={(next) => {
        const choice = choices.find((candidate) => candidate.value === next);
        if (choice) onValue(choice.value);
      }}
    >
      {choices.map((choice) => (
        <Radio.Root key={choice.value} value={choice.value} className={styles.segment} aria-label={choice.label}>
          {choice.icon && <Icon name={choice.icon} />}
          <span aria-hidden="true">{choice.label}</span>
        </Radio.Root>
      ))}
    </RadioGroup>
  );
}

export interface CheckboxProps {
  readonly checked: boolean;
  readonly onChecked: (checked: boolean) => void;
  readonly label: ReactNode;
  readonly disabled?: boolean;
}

export function Checkbox({ checked, onChecked, label, disabled = false }: CheckboxProps) {
  return (
    <BaseField.Root>
      <BaseField.Label className={styles.check}>
        <BaseCheckbox.Root className={styles.box} checked={checked} onCheckedChange={onChecked} disabled={disabled}>
          <BaseCheckbox.Indicator className={styles.tick}>
            <Icon name="check" />
          </BaseCheckbox.Indicator>
        </BaseCheckbox.Root>
        <span>{label}</span>
      </BaseField.Label>
    </BaseField.Root>
  );
}

export interface OptionCardsProps<Value extends string> {
  readonly label: string;
  readonly value: Value;
  readonly onValue: (value: Value) => void;
  readonly choices: readonly {
    readonly value: Value;
    readonly label: string;
    readonly detail: string;
    readonly icon?: IconName;
  }[];
}

/** One of a few that need a sentence each. */
export function OptionCards<Value extends string>({ label, value, onValue, choices }: OptionCardsProps<Value>) {
  const id = useId();
  return (
    <RadioGroup
      className={styles.cards}
      aria-labelledby={id}
      value={value}
      onValueChange={(next) => {
        const choice = choices.find((candidate) => candidate.value === next);
        if (choice) onValue(choice.value);
      }}
    >
      <span id={id} className={styles.cardsLabel}>
        {label}
      </span>
      {choices.map((choice) => (
        <label key={choice.value} className={cx(styles.card, choice.value === value && styles.chosen)}>
          <Radio.Root value={choice.value} className={styles.dot}>
            <Radio.Indicator className={styles.dotMark} />
          </Radio.Root>
          {choice.icon && <Icon name={choice.icon} className={styles.cardIcon} />}
          <span className={styles.cardText}>
            <span className={styles.cardLabel}>{choice.label}</span>
            <span className={styles.cardDetail}>{choice.detail}</span>
          </span>
        </label>
      ))}
    </RadioGroup>
  );
}
