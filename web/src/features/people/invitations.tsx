import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { call, invitesQuery, type InviteRow } from "../../api/index.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Badge, Button, Confirm, DataTable, EmptyState, Time, toast, type Column, type Tone } from "../../ui/index.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { roleName } from "../shell/names.ts";
import { useMe } from "../shell/who.ts";
import styles from "./people.module.css";

type InviteState = "open" | "used" | "expired";

function stateOf(row: InviteRow, now: number): InviteState {
  if (row.usedBy !== null) return "used";
  return Date.parse(row.until) > now ? "open" : "expired";
}

export function Invitations() {
  const me = useMe();
  const locale = useLocale();
  const invites = useQuery(invitesQuery);
  const [revoking, setRevoking] = useState<InviteRow>();
  const columns = useMemo((): readonly Column<InviteRow>[] => {
    const states: Record<InviteState, { readonly tone: Tone; readonly text: string }> = {
      open: { tone: "info", text: m.invite_state_open() },
      used: { tone: "ok", text: m.invite_state_used() },
      expired: { tone: "neutral", text: m.invite_state_expired() },
    };
    const now = Date.now();
    return [
      {
        id: "label",
        header: m.invite_for(),
        width: "minmax(0, 1.4fr)",
        sort: (row) => row.label,
        cell: (row, narrow) => (
          <span className={styles.name}>
            {row.label}
            {narrow && <span className={styles.second}>{row.for === "customer" ? m.people_customer() : roleName(me.org.kind, row.role)}</span>}
          </span>
        ),
      },
      { id: "kind", header: m.people_role(), width: "9rem", wideOnly: true, cell: (row) => (row.for === "customer" ? m.people_customer() : roleName(me.org.kind, row.role)) },
      { id: "state", header: m.invite_state(), width: "7.5rem", sort: (row) => stateOf(row, now), cell: (row) => <Badge tone={states[stateOf(row, now)].tone}>{states[stateOf(row, now)].text}</Badge> },
      {
        id: "when",
        header: m.invite_when(),
        width: "minmax(9rem, 0.8fr)",
        wideOnly: true,
        sort: (row) => row.until,
        cell: (row) => (row.usedAt !== null ? <Time at={row.usedAt} relative /> : <Time at={row.until} relative />),
      },
      {
        id: "act",
        header: m.ui_actions(),
        width: "7rem",
        align: "end",
        cell: (row) =>
          stateOf(row, now) === "open" && (
            <Button size="sm" variant="ghost" onClick={() => setRevoking(row)}>
              {m.invite_revoke()}
            </Button>
          ),
      },
    ];
  }, [me, locale]);
  return (
    <Reads of={[invites]} title={m.people_failed()}>
      {() => (
        <div className={styles.card}>
          <DataTable
            label={m.people_tab_invitations()}
            rows={invites.data?.invites ?? NO_INVITES}
            rowKey={(row) => row.id}
            columns={columns}
            rowHeight={42}
            empty={
              <EmptyState icon="key" title={m.invite_none()}>
                {m.invite_none_text()}
              </EmptyState>
            }
          />
          {revoking && <Revoke invite={revoking} onClose={() => setRevoking(undefined)} />}
        </div>
      )}
    </Reads>
  );
}

const NO_INVITES: readonly InviteRow[] = [];

function Revoke({ invite, onClose }: { readonly invite: InviteRow; readonly onClose: () => void }) {
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => call("invite", { method: "DELETE", params: { invite: invite.id } }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: invitesQuery.queryKey });
      toast(m.invite_revoked());
      onClose();
    },
  });
  return (
    <Confirm
      open
      danger
      title={m.invite_revoke_title({ name: invite.label })}
      description={m.invite_revoke_text()}
      action={m.invite_revoke_action()}
      busy={revoke.isPending}
      onClose={onClose}
      onConfirm={() => revoke.mutate()}
    >
      {revoke.isError && <Failed error={revoke.error} />}
    </Confirm>
  );
}
