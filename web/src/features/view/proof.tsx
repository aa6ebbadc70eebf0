import { useState } from "react";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, Code, Dialog, Icon } from "../../ui/index.ts";
import type { OpenedParts } from "./opening.ts";
import { stepText } from "./steps.ts";
import styles from "./view.module.css";

/** What the browser verified before it decrypted anything. */
export function ProofButton({ openings }: { readonly openings: readonly OpenedParts[] }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button icon="seal" onClick={() => setOpen(true)}>
        {m.view_proof()}
      </Button>
      <Dialog open={open} onClose={() => setOpen(false)} title={m.view_proof_title()}>
        <div className={styles.stack}>
          {openings.map((opening) => (
            <section key={opening.leafIndex} className={styles.opening}>
              <h3>
                #{formatNumber(opening.leafIndex)} · {opening.roles.join(", ")}
              </h3>
              <ol className={styles.proof}>
                {opening.steps.map((step) => (
                  <li key={step.step}>
                    <Icon name="check" />
                    {stepText(step)}
                  </li>
                ))}
              </ol>
              <Code>{opening.origin}</Code>
            </section>
          ))}
        </div>
      </Dialog>
    </>
  );
}
