import { Field as Base } from "@base-ui/react/field";
import type { ComponentProps, ReactNode } from "react";
import { cx } from "./cx.ts";
import { m } from "../i18n/index.ts";
import styles from "./field.module.css";

export interface FieldProps {
  readonly label: string;
  /** What the value is for, always visible. */
  readonly hint?: ReactNode;
  /** What is wrong and what to do; its presence marks the field as invalid. */
  readonly error?: string | undefined;
  readonly optional?: boolean;
  readonly children: ReactNode;
}

/** A label, a control of this kit and its error, tied together for assistive technology. */
export function Field({ label, hint, error, optional = false, children }: FieldProps) {
  return (
    <Base.Root className={styles.field} invalid={error !== undefined}>
      <Base.Label className={styles.label}>
        {label}
        {optional && <span className={styles.optional}>{m.ui_optional()}</span>}
      </Base.Label>
      {children}
      {error !== undefined && (
        <Base.Error className={styles.error} match>
          {error}
        </Base.Error>
      )}
      {hint !== undefined && <Base.Description className={styles.hint}>{hint}</Base.Description>}
    </Base.Root>
  );
}

export interface TextInputProps extends Omit<ComponentProps<"input">, "onChange" | "value" | "defaultValue"> {
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function TextInput({ value, onValue, className, ...rest }: TextInputProps) {
  return (
    <Base.Control
      {...rest}
      value={value}
      onValueChange={(next) => onValue(String(next))}
      className={cx(styles.control, className)}
    />
  );
}

export interface TextAreaProps extends Omit<ComponentProps<"textarea">, "onChange" | "value" | "defaultValue"> {
  readonly value: string;
  readonly onValue: (value: string) => void;
}

export function TextArea({ value, onValue, className, rows = 4, ...rest }: TextAreaProps) {
  return (
    <Base.Control
      value={value}
      onValueChange={(next) => onValue(String(next))}
      render={<textarea {...rest} rows={rows} />}
      className={cx(styles.control, styles.area, className)}
    />
  );
}

/** The rows of a form; its submit handler never navigates. */
export function Form({
  onSubmit,
  children,
  className,
}: {
  readonly onSubmit: () => void;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  return (
    <form
      noValidate
      className={cx(styles.form, className)}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      {children}
    </form>
  );
}

export function FormActions({ children }: { readonly children: ReactNode }) {
  return <div className={styles.actions}>{children}</div>;
}
