import { schemas } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/index.ts";
import { sessionsQuery, type SessionRow, type Whose } from "../../api/people.ts";
import { m } from "../../i18n/index.ts";
import { Badge, Button, Confirm, EmptyState, Row, Time, toast, type Column } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { agentName } from "./agent.ts";
import { Listed } from "./listed.tsx";
import styles from "./people.module.css";

const WHERE: Column<SessionRow> = {
  id: "where",
  header: m.people_session,
  width: "minmax(0, 1.4fr)",
  sort: (row) => row.deviceName,
  cell: (row, narrow) => (
    <span className={styles.name}>
      {row.deviceName || agentName(row.agent) || m.people_device_unnamed()}
      {row.current && <Badge>{m.people_this_session()}</Badge>}
      <span className={styles.second}>{narrow ? row.name : row.prefix}</span>
    </span>
  ),
};
const PERSON: Column<SessionRow> = {
  id: "person",
  header: m.people_name,
  width: "minmax(0, 1fr)",
  wideOnly: true,
  sort: (row) => row.name,
  cell: (row) => row.name,
};
const METHODS: Readonly<Record<SessionRow["method"], () => string>> = {
  passkey: m.people_method_passkey,
  passphrase: m.people_method_passphrase,
  oidc: m.people_method_oidc,
  unknown: m.people_method_unknown,
};
const REST: readonly Column<SessionRow>[] = [
  {
    id: "method",
    header: m.people_method,
    width: "8rem",
    wideOnly: true,
    sort: (row) => row.method,
    cell: (row) => METHODS[row.method](),
  },
  {
    id: "began",
    header: m.people_began,
    width: "8rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.created,
    cell: (row) => <Time at={row.created} relative />,
  },
  {
    id: "seen",
    header: m.people_seen,
    width: "8rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.seen,
    cell: (row) => <Time at={row.seen} relative />,
  },
  { id: "act", header: m.ui_actions, width: "5.5rem", align: "end", cell: (row) => <End session={row} /> },
];
const OF_ONE = [WHERE, ...REST];
const OF_ALL = [WHERE, PERSON, ...REST];
const NONE: readonly SessionRow[] = [];

export function Sessions({ whose, framed = true }: { readonly whose: Whose; readonly framed?: boolean }) {
  const sessions = useQuery(sessionsQuery(whose));
  return (
    <Listed
      of={sessions}
      framed={framed}
      label={m.people_tab_sessions()}
      rows={sessions.data?.sessions ?? NONE}
      rowKey={(row) => row.session}
      columns={"all" in whose ? OF_ALL : OF_ONE}
      rowHeight={52}
      empty={<EmptyState icon="clock" title={m.people_sessions_empty()} />}
    />
  );
}

/** One's own other sessions, or all of another person's. */
export function EndSessions({ user, name }: { readonly user: string; readonly name: string }) {
  const { data } = useQuery(sessionsQuery({ user }));
  const others = data?.sessions.filter((row) => !row.current).length ?? 0;
  if (others === 0) return null;
  return (
    <Row>
      <EndAll user={user} name={name} own={others < (data?.sessions.length ?? 0)} />
    </Row>
  );
}

function End({ session }: { readonly session: SessionRow }) {
  const client = useQueryClient();
  const end = useMutation({
    mutationFn: () => call("sessionOther", { method: "DELETE", params: { session: session.session } }),
    onSuccess: async () => {
      toast(m.people_session_ended({ name: session.name }));
      await client.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  // One's own page is left by signing out, which also locks the keys.
  if (session.current) return null;
  return (
    <Button size="sm" variant="ghost" busy={end.isPending} onClick={() => end.mutate()}>
      {m.people_session_end()}
    </Button>
  );
}

function EndAll({ user, name, own }: { readonly user: string; readonly name: string; readonly own: boolean }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: () => call("sessions", { method: "DELETE", query: own ? {} : { user }, answer: schemas.Ended }),
    onSuccess: async ({ ended }) => {
      setAsking(false);
      toast(m.people_sessions_ended({ count: ended }));
      await client.invalidateQueries({ queryKey: ["sessions"] });
    },
  });
  return (
    <>
      <Button size="sm" icon="signOut" onClick={() => setAsking(true)}>
        {own ? m.people_sessions_end_others() : m.people_sessions_end_all()}
      </Button>
      <Confirm
        open={asking}
        danger
        title={own ? m.people_sessions_end_others() : m.people_sessions_end_title({ name })}
        description={m.people_sessions_end_text()}
        action={m.people_sessions_end_action()}
        busy={end.isPending}
        onClose={() => setAsking(false)}
        onConfirm={() => end.mutate()}
      >
        {end.isError && <Failed error={end.error} />}
      </Confirm>
    </>
  );
}
