import type { Role } from "@breakwater/contract";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, invitesQuery, trustQuery, withFresh } from "../../api/index.ts";
import type { MadeInvite } from "../../engine/index.ts";
import { formatDateTime, m } from "../../i18n/index.ts";
import {
  Button,
  Callout,
  CopyButton,
  Dialog,
  DialogActions,
  Field,
  Form,
  Select,
  Stack,
  TextInput,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { useMe } from "../shell/who.ts";
import styles from "./people.module.css";

export type InviteKind = "staff" | "customer" | "member";
export const INVITE_KINDS: readonly InviteKind[] = ["staff", "customer", "member"];

export interface InviteDialogProps {
  readonly kind: InviteKind;
  /** After an invitation was made. */
  readonly onClose: () => void;
  readonly onCancel: () => void;
}

export function InviteDialog({ kind, onClose, onCancel }: InviteDialogProps) {
  const me = useMe();
  const client = useQueryClient();
  const [label, setLabel] = useState("");
  const [role, setRole] = useState<Role>(kind === "staff" ? "engineer" : kind === "customer" ? "admin" : "member");
  const [tried, setTried] = useState(false);
  const send = async (): Promise<MadeInvite> => {
    const engine = await getEngine();
    const { statements } = await client.fetchQuery({ ...trustQuery, staleTime: 0 });
    const made = await engine.makeInvite({
      url: location.origin,
      for: kind,
      role,
      org: me.org.id,
      label: label.trim(),
      statements,
    });
    await call("invites", { method: "POST", body: made.body });
    return made;
  };
  const make = useMutation({
    mutationFn: () => withFresh(send),
    onSuccess: () => client.invalidateQueries({ queryKey: invitesQuery.queryKey }),
  });
  const titles: Record<InviteKind, () => string> = {
    staff: m.people_invite_staff,
    customer: m.people_invite_customer,
    member: m.people_invite_member,
  };
  if (make.data) return <LinkDialog made={make.data} label={label.trim()} onClose={onClose} />;
  return (
    <Dialog
      open
      onClose={onCancel}
      title={titles[kind]()}
      description={kind === "customer" ? m.invite_text_customer() : m.invite_text_person()}
    >
      <Form
        onSubmit={() => {
          setTried(true);
          if (label.trim() !== "") make.mutate();
        }}
      >
        <Field
          label={kind === "customer" ? m.invite_label_customer() : m.invite_label_person()}
          hint={m.invite_label_hint()}
          error={tried && label.trim() === "" ? m.field_needed() : undefined}
        >
          <TextInput value={label} onValue={setLabel} maxLength={100} autoFocus />
        </Field>
        {kind !== "customer" && (
          <Field label={m.people_role()}>
            <Select
              value={role}
              onValue={setRole}
              choices={
                kind === "staff"
                  ? [
                      { value: "engineer", label: m.role_engineer(), detail: m.role_engineer_detail() },
                      { value: "lead", label: m.people_role_lead(), detail: m.people_role_lead_detail() },
                      { value: "auditor", label: m.people_role_auditor(), detail: m.people_role_auditor_detail() },
                      { value: "admin", label: m.role_desk_admin(), detail: m.role_desk_admin_detail() },
                    ]
                  : [
                      { value: "member", label: m.role_member(), detail: m.role_member_detail() },
                      { value: "auditor", label: m.people_role_auditor(), detail: m.people_role_auditor_detail() },
                      { value: "admin", label: m.role_customer_admin(), detail: m.role_customer_admin_detail() },
                    ]
              }
            />
          </Field>
        )}
        {make.isError && <Failed error={make.error} />}
        <DialogActions>
          <Button onClick={onCancel}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={make.isPending}>
            {m.invite_make()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}

const INVITE_DAYS = 7;

function LinkDialog({
  made,
  label,
  onClose,
}: {
  readonly made: MadeInvite;
  readonly label: string;
  readonly onClose: () => void;
}) {
  const [until] = useState(() => new Date(Date.now() + INVITE_DAYS * 86_400_000));
  return (
    <Dialog open onClose={onClose} title={m.invite_ready_title({ name: label })}>
      <Stack>
        <Field label={m.invite_link()} hint={m.invite_link_hint({ date: formatDateTime(until) })}>
          <TextInput
            className={styles.link}
            value={made.link}
            onValue={() => undefined}
            readOnly
            onFocus={(event) => event.currentTarget.select()}
            autoFocus
          />
        </Field>
        <Callout tone="warn" title={m.invite_once_title()}>
          {m.invite_once_text()}
        </Callout>
        <DialogActions>
          <Button onClick={onClose}>{m.invite_done()}</Button>
          <CopyButton text={made.link} label={m.invite_copy()} />
        </DialogActions>
      </Stack>
    </Dialog>
  );
}
