import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { getEngine, lifeQuery, type CaseView, type LifeOrder } from "../../api/index.ts";
import { formatDateTime, m } from "../../i18n/index.ts";
import { Badge, Button, Callout, Icon, Panel, Stack, Time, type IconName } from "../../ui/index.ts";
import { SealedText } from "../cases/texts.tsx";
import { may, useMe } from "../shell/who.ts";
import { ExportDialog } from "./exportdialog.tsx";
import { HoldDialog, ShredDialog } from "./dialogs.tsx";
import styles from "./life.module.css";

/** How long a case lives: what was held, deleted and shredded, by whom, and what may be ordered now. */
export function LifePanel({ view }: { readonly view: CaseView }) {
  const me = useMe();
  const { case: row } = view;
  const life = useQuery(lifeQuery(row.case));
  const [asked, setAsked] = useState<"shred" | "hold" | "export">();
  const close = (): void => setAsked(undefined);
  const orders = life.data?.orders ?? [];
  const anyHeld = row.held || view.files.some((file) => file.held);
  if (!may(me, "holdCase") && orders.length === 0) return null;
  return (
    <Panel title={m.life_title()}>
      <Stack gap="sm">
        {row.held && (
          <Callout tone="warn" icon="lock" title={m.life_held()}>
            {m.life_held_text()}
          </Callout>
        )}
        {orders.length > 0 && (
          <ol className={styles.orders}>
            {orders.map((order) => (
              <Order key={order.leaf} order={order} view={view} />
            ))}
          </ol>
        )}
        {row.shredded === null && may(me, "holdCase") && (
          <div className={styles.actions}>
            <Button size="sm" icon="lock" onClick={() => setAsked("hold")}>
              {row.held ? m.life_unhold() : m.life_hold()}
            </Button>
            {may(me, "exportCase") && (
              <Button size="sm" icon="download" onClick={() => setAsked("export")}>
                {m.life_export()}
              </Button>
            )}
            {may(me, "shredCase") && (
              <Button size="sm" variant="danger" disabled={anyHeld} onClick={() => setAsked("shred")}>
                {m.life_shred()}
              </Button>
            )}
          </div>
        )}
        {row.shredded === null && may(me, "shredCase") && anyHeld && (
          <p className={styles.note}>{m.life_shred_held()}</p>
        )}
      </Stack>
      <HoldDialog open={asked === "hold"} onClose={close} view={view} held={row.held} />
      <ExportDialog open={asked === "export"} onClose={close} view={view} />
      <ShredDialog open={asked === "shred"} onClose={close} view={view} />
    </Panel>
  );
}

const ICONS: Readonly<Record<LifeOrder["t"], IconName>> = {
  "key.shred": "key",
  "file.delete": "file",
  "file.hold": "lock",
  "file.unhold": "lock",
};

function Order({ order, view }: { readonly order: LifeOrder; readonly view: CaseView }) {
  const { case: row } = view;
  const place = { org: row.org, case: row.case, ...(order.file === null ? {} : { file: order.file }) };
  return (
    <li className={styles.order}>
      <Icon name={ICONS[order.t]} className={styles.icon} />
      <div className={styles.text}>
        <span>{sentenceOf(order)}</span>
        {order.x !== null && (
          <q className={styles.reason}>
            <SealedText item={{ kind: "why", sealed: order.x, place }} caseKey={row.key} />
          </q>
        )}
        <span className={styles.facts}>
          <Time at={order.at} />
          <Confirmed order={order} view={view} />
        </span>
      </div>
    </li>
  );
}

function sentenceOf({ t, file, by: { user, name } }: LifeOrder): string {
  if (user === "server") return m.life_order_retention();
  if (t === "key.shred") return m.life_order_shred({ name });
  if (t === "file.delete") return m.life_order_delete({ name });
  if (t === "file.hold") return file === null ? m.life_order_hold({ name }) : m.life_order_hold_file({ name });
  return file === null ? m.life_order_unhold({ name }) : m.life_order_unhold_file({ name });
}

/** The releaser's own signature, checked here; not the server's word. */
function Confirmed({ order, view }: { readonly order: LifeOrder; readonly view: CaseView }) {
  const { done } = order;
  const checked = useQuery({
    queryKey: ["order", view.case.case, order.leaf, done !== null],
    enabled: done !== null,
    queryFn: async () => {
      const engine = await getEngine();
      return engine.verifyOrder({
        done: done ?? {},
        org: view.case.org,
        case: view.case.case,
        statements: view.statements,
      });
    },
  });
  if (done === null) return <Badge tone="warn">{m.life_waiting()}</Badge>;
  if (checked.isError) return <Badge tone="danger">{m.life_unproven()}</Badge>;
  if (!checked.data) return null;
  return (
    <Badge tone="ok" icon="check">
      {m.life_done()}
    </Badge>
  );
}

/** At the head of a case that is gone. */
export function ShreddedNote({ view }: { readonly view: CaseView }) {
  const { shredded } = view.case;
  const life = useQuery({ ...lifeQuery(view.case.case), enabled: shredded !== null });
  if (shredded === null) return null;
  const order = life.data?.orders.find(({ t }) => t === "key.shred");
  return (
    <Callout tone="danger" icon="key" title={m.life_shredded()}>
      {order
        ? m.life_shredded_by({ name: order.by.name, date: formatDateTime(new Date(order.at)) })
        : m.life_shredded_text()}
    </Callout>
  );
}
