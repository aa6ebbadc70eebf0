import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { GrantRow } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  Callout,
  Facts,
  Field,
  Form,
  FormActions,
  TextArea,
  Time,
  toast,
  type Tone,
} from "../../ui/index.ts";
import { cx } from "../../ui/cx.ts";
import { SealedText } from "../cases/texts.tsx";
import { Failed } from "../shell/failed.tsx";
import { roleName } from "../shell/names.ts";
import { useMe } from "../shell/who.ts";
import { purposeName } from "../view/purposes.ts";
import { answer, review, revoke } from "./answer.ts";
import { factsOf, partName } from "./grant.ts";
import styles from "./approvals.module.css";

/** Everything that somebody needs to decide: who, what of which file, why, for how long, and what came before. */
export function GrantCard({ row, flat = false }: { readonly row: GrantRow; readonly flat?: boolean }) {
  const facts = factsOf(row);
  const place = { org: row.case.org, case: row.case.case, file: row.file.file };
  return (
    <article className={cx(styles.card, flat && styles.flat)} aria-label={m.grant_card({ name: row.grantee.name })}>
      <header className={styles.head}>
        <div className={styles.who}>
          <strong>{row.grantee.name}</strong>
          <span className={styles.quiet}>{roleName("desk", row.grantee.role)}</span>
        </div>
        <StateBadge row={row} />
      </header>
      <p className={styles.what}>
        {row.file.name ? (
          <SealedText item={{ kind: "name", sealed: row.file.name, place }} caseKey={row.case.key} />
        ) : (
          m.grant_file_unnamed()
        )}
      </p>
      <p className={styles.case}>
        <Link to="/cases/$case" params={{ case: row.case.case }}>
          #{row.case.number}
        </Link>{" "}
        <SealedText
          item={{ kind: "subject", sealed: row.case.subject, place: { org: place.org, case: place.case } }}
          caseKey={row.case.key}
        />
        <span className={styles.quiet}> · {row.case.orgName}</span>
      </p>
      {row.reason && (
        <blockquote className={styles.reason}>
          <SealedText item={{ kind: "why", sealed: row.reason, place }} caseKey={row.case.key} />
        </blockquote>
      )}
      <Facts
        items={[
          {
            label: m.grant_parts(),
            value: (
              <span className={styles.parts}>
                {facts.parts.map((part) => (
                  <Badge key={part}>{partName(part)}</Badge>
                ))}
              </span>
            ),
          },
          { label: m.view_purpose(), value: purposeName(facts.purpose) },
          { label: m.grant_until(), value: <Time at={facts.exp} /> },
          { label: m.grant_uses(), value: formatNumber(facts.max) },
          { label: m.grant_requested(), value: <Time at={row.requested} relative /> },
          { label: m.grant_history(), value: <History row={row} /> },
        ]}
      />
      <Answers row={row} />
      <Actions row={row} />
    </article>
  );
}

function History({ row: { history } }: { readonly row: GrantRow }) {
  const { grants, denied, emergencies } = history;
  if (grants === 0) return m.grant_history_none();
  const parts: string[] = [m.grant_history_grants({ count: formatNumber(grants) })];
  if (denied > 0) parts.push(m.grant_history_denied({ count: formatNumber(denied) }));
  if (emergencies > 0) parts.push(m.grant_history_emergencies({ count: formatNumber(emergencies) }));
  return parts.join(", ");
}

const TONES: Readonly<Record<GrantRow["state"], Tone>> = {
  waiting: "warn",
  live: "ok",
  denied: "danger",
  revoked: "neutral",
  expired: "neutral",
};

function StateBadge({ row }: { readonly row: GrantRow }) {
  const names = {
    waiting: m.grant_state_waiting,
    live: m.grant_state_live,
    denied: m.grant_state_denied,
    revoked: m.grant_state_revoked,
    expired: m.grant_state_expired,
  };
  return (
    <span className={styles.parts}>
      {row.emergency && (
        <Badge tone="danger" icon="warn">
          {m.grant_emergency()}
        </Badge>
      )}
      <Badge tone={TONES[row.state]}>{names[row.state]()}</Badge>
    </span>
  );
}

/** Who answered, and who is still missing. */
function Answers({ row }: { readonly row: GrantRow }) {
  const place = { org: row.case.org, case: row.case.case, file: row.file.file };
  const missing = { lead: m.grant_needs_lead, customer: m.grant_needs_customer, second: m.grant_needs_second };
  if (row.approvals.length === 0 && row.needs.length === 0 && !row.revoked && !row.reviewed) return null;
  return (
    <ul className={styles.answers}>
      {row.approvals.map((one) => (
        <li key={one.user}>
          {one.dec === "allow" ? m.grant_approved_by({ name: one.name }) : m.grant_denied_by({ name: one.name })}{" "}
          <Time at={one.at} relative />
          {one.x && (
            <q className={styles.words}>
              <SealedText item={{ kind: "why", sealed: one.x, place }} caseKey={row.case.key} />
            </q>
          )}
        </li>
      ))}
      {row.state === "waiting" && row.needs.map((need) => <li key={need}>{missing[need]()}</li>)}
      {row.revoked && (
        <li>
          {m.grant_revoked_by({ name: row.revoked.name })} <Time at={row.revoked.at} relative />
        </li>
      )}
      {row.reviewed && (
        <li>
          {m.grant_reviewed_by({ name: row.reviewed.name })} <Time at={row.reviewed.at} relative />
        </li>
      )}
    </ul>
  );
}

function Actions({ row }: { readonly row: GrantRow }) {
  const me = useMe();
  const client = useQueryClient();
  const [denying, setDenying] = useState(false);
  const [text, setText] = useState("");
  const done = (message: string) => async () => {
    toast(message);
    setDenying(false);
    await client.invalidateQueries({ queryKey: ["grants"] });
  };
  const approve = useMutation({
    mutationFn: () => answer(me, row, { dec: "allow", text: "" }),
    onSuccess: done(m.grant_done_approved()),
  });
  const deny = useMutation({
    mutationFn: () => answer(me, row, { dec: "deny", text }),
    onSuccess: done(m.grant_done_denied()),
  });
  const back = useMutation({ mutationFn: () => revoke(row), onSuccess: done(m.grant_done_revoked()) });
  const look = useMutation({ mutationFn: () => review(row), onSuccess: done(m.grant_done_reviewed()) });
  const busy = [approve, deny, back, look].some(({ isPending }) => isPending);
  const error = [approve, deny, back, look].find(({ isError }) => isError)?.error;
  const mine = row.grantee.user === me.user;
  const mayRevoke = mine || me.org.kind === "customer" || me.role === "lead" || me.role === "admin";
  const open = row.state === "waiting" || row.state === "live";
  const mayReview = row.emergency && !row.reviewed && !mine && me.org.kind === "desk" && me.role === "admin";
  if (denying) {
    return (
      <Form onSubmit={() => deny.mutate()}>
        <Field label={m.grant_deny_words()} hint={m.grant_deny_hint()} optional>
          <TextArea value={text} onValue={setText} rows={2} maxLength={1000} autoFocus />
        </Field>
        {error && <Failed error={error} />}
        <FormActions>
          <Button onClick={() => setDenying(false)}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="danger" busy={busy}>
            {m.grant_deny()}
          </Button>
        </FormActions>
      </Form>
    );
  }
  return (
    <>
      {error && <Failed error={error} />}
      {row.mayDecide && <Callout>{m.grant_decide_hint()}</Callout>}
      <div className={styles.actions}>
        {row.mayDecide && (
          <>
            <Button variant="primary" icon="check" busy={approve.isPending} onClick={() => approve.mutate()}>
              {m.grant_approve()}
            </Button>
            <Button onClick={() => setDenying(true)}>{m.grant_deny()}</Button>
          </>
        )}
        {mayReview && (
          <Button variant="primary" icon="check" busy={look.isPending} onClick={() => look.mutate()}>
            {m.grant_review()}
          </Button>
        )}
        {!row.mayDecide && open && mayRevoke && (
          <Button busy={back.isPending} onClick={() => back.mutate()}>
            {mine ? m.grant_give_back() : m.grant_revoke()}
          </Button>
        )}
      </div>
    </>
  );
}
