import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { invitesQuery } from "../../api/index.ts";
import type { Whose } from "../../api/people.ts";
import { m, useLocale } from "../../i18n/index.ts";
import { Button, Page, Stack, Tabs, useNow } from "../../ui/index.ts";
import { may, useMe } from "../shell/who.ts";
import { Devices } from "./devices.tsx";
import { RotationProgress } from "./rotation.tsx";
import { EndSessions, Sessions } from "./sessions.tsx";
import { Teams } from "./teams.tsx";
import { InviteDialog, type InviteKind } from "./invite.tsx";
import { Invitations, inviteState } from "./invitations.tsx";
import { Customers, Members } from "./lists.tsx";

export function PeoplePage() {
  const me = useMe();
  useLocale();
  const { tab = "members", invite } = useSearch({ from: "/app/people" });
  const navigate = useNavigate({ from: "/people" });
  const [kind, setKind] = useState<InviteKind | undefined>(invite);
  const now = useNow();
  const desk = me.org.kind === "desk";
  const mayInvite = may(me, "inviteStaff") || may(me, "inviteMember");
  const whose: Whose = may(me, "managePeople") ? { all: true } : { user: me.user };
  const invites = useQuery({ ...invitesQuery, enabled: mayInvite });
  const open = invites.data?.invites.filter((row) => inviteState(row, now) === "open").length;
  return (
    <Page
      title={m.people_title()}
      lead={desk ? m.people_lead_desk() : m.people_lead_customer()}
      width="normal"
      actions={
        mayInvite && (
          <>
            {may(me, "inviteCustomer") && (
              <Button icon="building" onClick={() => setKind("customer")}>
                {m.people_invite_customer()}
              </Button>
            )}
            <Button variant="primary" icon="plus" onClick={() => setKind(desk ? "staff" : "member")}>
              {desk ? m.people_invite_staff() : m.people_invite_member()}
            </Button>
          </>
        )
      }
    >
      <RotationProgress />
      <Tabs
        label={m.people_title()}
        value={tab}
        onValue={(next) => void navigate({ search: { tab: next }, replace: true })}
        tabs={[
          { value: "members", label: m.people_tab_members(), content: <Members /> },
          { value: "teams", label: m.people_tab_teams(), content: <Teams /> },
          { value: "devices", label: m.people_tab_devices(), content: <Devices whose={whose} /> },
          {
            value: "sessions",
            label: m.people_tab_sessions(),
            content: (
              <Stack gap="sm">
                <EndSessions user={me.user} name={me.name} />
                <Sessions whose={whose} />
              </Stack>
            ),
          },
          ...(desk
            ? [
                {
                  value: "customers" as const,
                  label: m.people_tab_customers(),
                  content: <Customers onInvite={may(me, "inviteCustomer") ? () => setKind("customer") : undefined} />,
                },
              ]
            : []),
          ...(mayInvite
            ? [
                {
                  value: "invitations" as const,
                  label: m.people_tab_invitations(),
                  count: open === 0 ? undefined : open,
                  content: <Invitations />,
                },
              ]
            : []),
        ]}
      />
      {kind && (
        <InviteDialog
          kind={kind}
          onClose={() => {
            setKind(undefined);
            void navigate({ search: { tab: "invitations" }, replace: true });
          }}
          onCancel={() => setKind(undefined)}
        />
      )}
    </Page>
  );
}
