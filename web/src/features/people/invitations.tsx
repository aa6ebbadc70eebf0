import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, invitesQuery, type InviteRow, withFresh } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Badge, Button, Confirm, EmptyState, Time, toast, useNow, type Column, type Tone } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { Listed } from "./listed.tsx";
import { RoleName } from "./lists.tsx";
import styles from "./people.module.css";

type InviteState = "open" | "used" | "expired";

const STATES: Record<InviteState, { readonly tone: Tone; readonly text: () => string }> = {
  open: { tone: "info", text: m.invite_state_open },
  used: { tone: "ok", text: m.invite_state_used },
  expired: { tone: "neutral", text: m.invite_state_expired },
};

export function inviteState(row: InviteRow, now: Date): InviteState {
  if (row.usedBy !== null) return "used";
  return Date.parse(row.until) > now.getTime() ? "open" : "expired";
}

const COLUMNS: readonly Column<InviteRow>[] = [
  {
    id: "label",
    header: m.invite_for,
    width: "minmax(0, 1.4fr)",
    sort: (row) => row.label,
    cell: (row, narrow) => (
      <span className={styles.name}>
        {row.label}
        {narrow && (
          <span className={styles.second}>
            <InvitedAs row={row} />
          </span>
        )}
      </span>
    ),
  },
  { id: "role", header: m.people_role, width: "9rem", wideOnly: true, cell: (row) => <InvitedAs row={row} /> },
  { id: "state", header: m.invite_state, width: "7.5rem", cell: (row) => <StateBadge row={row} /> },
  {
    id: "when",
    header: m.invite_when,
    width: "minmax(9rem, 0.8fr)",
    wideOnly: true,
    sort: (row) => row.usedAt ?? row.until,
    cell: (row) => <Time at={row.usedAt ?? row.until} relative />,
  },
  { id: "act", header: m.ui_actions, width: "7rem", align: "end", cell: (row) => <Revoke invite={row} /> },
];

const NO_INVITES: readonly InviteRow[] = [];

export function Invitations() {
  const invites = useQuery(invitesQuery);
  return (
    <Listed
      of={invites}
      label={m.people_tab_invitations()}
      rows={invites.data?.invites ?? NO_INVITES}
      rowKey={(row) => row.id}
      columns={COLUMNS}
      rowHeight={42}
      empty={
        <EmptyState icon="key" title={m.invite_none()}>
          {m.invite_none_text()}
        </EmptyState>
      }
    />
  );
}

function InvitedAs({ row }: { readonly row: InviteRow }) {
  return row.for === "customer" ? m.people_customer() : <RoleName role={row.role} />;
}

function StateBadge({ row }: { readonly row: InviteRow }) {
  const { tone, text } = STATES[inviteState(row, useNow())];
  return <Badge tone={tone}>{text()}</Badge>;
}

function Revoke({ invite }: { readonly invite: InviteRow }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const now = useNow();
  const revoke = useMutation({
    mutationFn: () => withFresh(() => call("invite", { method: "DELETE", params: { invite: invite.id } })),
    onSuccess: async () => {
      setAsking(false);
      toast(m.invite_revoked());
      await client.invalidateQueries({ queryKey: invitesQuery.queryKey });
    },
  });
  if (inviteState(invite, now) !== "open") return null;
  return (
    <>
      <Button size="sm" variant="ghost" onClick={() => setAsking(true)}>
        {m.invite_revoke()}
      </Button>
      <Confirm
        open={asking}
        danger
        title={m.invite_revoke_title({ name: invite.label })}
        description={m.invite_revoke_text()}
        action={m.invite_revoke_action()}
        busy={revoke.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => revoke.mutate()}
      >
        {revoke.isError && <Failed error={revoke.error} />}
      </Confirm>
    </>
  );
}
