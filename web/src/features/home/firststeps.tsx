import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { m } from "../../i18n/index.ts";
import { Badge, buttonClass, cx, Icon, Panel } from "../../ui/index.ts";
import styles from "./home.module.css";

export interface Progress {
  readonly staff: boolean;
  readonly staffInvited: boolean;
  readonly customer: boolean;
  readonly customerInvited: boolean;
  readonly cases: boolean;
}

/** Three steps from an empty desk to the first case. Gone once they are done. */
export function FirstSteps({ progress }: { readonly progress: Progress }) {
  const steps = [
    {
      done: progress.staff,
      title: m.first_engineer(),
      text: m.first_engineer_text(),
      end: progress.staffInvited ? (
        <Badge tone="info">{m.first_invited()}</Badge>
      ) : (
        <Link to="/people" search={{ invite: "staff" }} className={buttonClass("primary", "sm")}>
          {m.people_invite_staff()}
        </Link>
      ),
    },
    {
      done: progress.customer,
      title: m.first_customer(),
      text: m.first_customer_text(),
      end: progress.customerInvited ? (
        <Badge tone="info">{m.first_invited()}</Badge>
      ) : (
        <Link to="/people" search={{ invite: "customer" }} className={buttonClass("secondary", "sm")}>
          {m.people_invite_customer()}
        </Link>
      ),
    },
    { done: progress.cases, title: m.first_case(), text: m.first_case_text(), end: undefined },
  ];
  const done = steps.filter((step) => step.done).length;
  return (
    <Panel title={m.first_title()} description={m.first_progress({ done, of: steps.length })} flush>
      <ol className={styles.steps}>
        {steps.map((step, at) => (
          <Step key={step.title} number={at + 1} {...step} />
        ))}
      </ol>
    </Panel>
  );
}

interface StepProps {
  readonly number: number;
  readonly done: boolean;
  readonly title: string;
  readonly text: string;
  readonly end: ReactNode;
}

function Step({ number, done, title, text, end }: StepProps) {
  return (
    <li className={styles.step}>
      <span className={cx(styles.stepMark, done && styles.stepDone)}>{done ? <Icon name="check" /> : number}</span>
      <div className={styles.stepText}>
        <h3 className={styles.stepTitle}>{title}</h3>
        <p className={styles.stepDetail}>{text}</p>
      </div>
      {done ? <Badge tone="ok">{m.first_done()}</Badge> : end}
    </li>
  );
}
