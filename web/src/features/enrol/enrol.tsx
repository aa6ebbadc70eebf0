import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError, meQuery, useExplain } from "../../api/index.ts";
import type { CreatedIdentity } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, ErrorState, Loading, Stack, Words } from "../../ui/index.ts";
import { Gate } from "../shell/gate.tsx";
import { RecoverySetup } from "../recovery/setup.tsx";
import { toastError } from "../shell/toasterror.ts";
import { takenFragment } from "./fragment.ts";
import { enrol, readInvitation, type How, type Invitation, type Person } from "./flow.ts";
import { PersonForm } from "./person.tsx";
import { Secure } from "./secure.tsx";
import styles from "./enrol.module.css";

export function EnrolPage() {
  const fragment = takenFragment();
  const invitation = useQuery({
    queryKey: ["enrol"],
    queryFn: () => readInvitation(fragment),
    enabled: fragment !== "",
    retry: false,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
  });
  const explained = useExplain(invitation.error);
  if (fragment === "") {
    return (
      <Gate title={m.enrol_no_link_title()} wide>
        <ErrorState title={m.enrol_no_link()} message={m.enrol_no_link_help()} />
      </Gate>
    );
  }
  if (explained) {
    const final = invitation.error instanceof ApiError && invitation.error.code.startsWith("invite.");
    return (
      <Gate title={m.enrol_title()} wide>
        <ErrorState
          title={m.enrol_link_failed()}
          message={explained.message}
          help={explained.help}
          code={explained.code}
          onRetry={final ? undefined : () => void invitation.refetch()}
        />
      </Gate>
    );
  }
  if (!invitation.data) {
    return (
      <Gate title={m.enrol_title()} wide>
        <Loading lines={6} />
      </Gate>
    );
  }
  return <Steps invitation={invitation.data} />;
}

function Steps({ invitation }: { readonly invitation: Invitation }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { kind } = invitation.started;
  const [person, setPerson] = useState<Person>({ name: "", email: "", orgName: "" });
  const [step, setStep] = useState<"person" | "secure">("person");
  const create = useMutation({ mutationFn: (how: How) => enrol(client, invitation, person, how) });
  const leave = () => {
    client
      .fetchQuery(meQuery)
      .then(() => navigate({ to: "/", replace: true }))
      .catch(toastError);
  };
  if (create.data) return <Done created={create.data} kind={kind} orgName={person.orgName} onLeave={leave} />;
  const at = step === "person" ? 1 : 2;
  return (
    <Gate title={titleOf(invitation)} lead={leadOf(invitation)} wide>
      <p className={styles.step}>{m.enrol_step({ at, of: 3 })}</p>
      {step === "person" ? (
        <Stack gap="lg">
          {invitation.view.words.length > 0 && <Compare words={invitation.view.words} />}
          <PersonForm
            kind={kind}
            person={person}
            onDone={(next) => {
              setPerson(next);
              setStep("secure");
            }}
          />
        </Stack>
      ) : (
        <Secure
          person={person}
          busy={create.isPending}
          error={create.error}
          onBack={() => setStep("person")}
          onCreate={(how) => create.mutate(how)}
        />
      )}
    </Gate>
  );
}

function titleOf({ started }: Invitation): string {
  switch (started.kind) {
    case "first":
      return m.enrol_first_title();
    case "customer":
      return m.enrol_customer_title();
    case "staff":
    case "member":
      return m.enrol_join_title({ org: started.invite?.orgName ?? "" });
  }
}

function leadOf({ started }: Invitation): string {
  switch (started.kind) {
    case "first":
      return m.enrol_first_lead();
    case "customer":
      return m.enrol_customer_lead({ desk: started.invite?.orgName ?? "" });
    case "staff":
      return m.enrol_staff_lead();
    case "member":
      return m.enrol_member_lead();
  }
}

function Compare({ words }: { readonly words: readonly string[] }) {
  return (
    <details className={styles.compare}>
      <summary>{m.enrol_compare_summary()}</summary>
      <p className={styles.compareText}>{m.enrol_compare_text()}</p>
      <Words words={words} label={m.words_label()} />
    </details>
  );
}

interface DoneProps {
  readonly created: CreatedIdentity;
  readonly kind: Invitation["started"]["kind"];
  readonly orgName: string;
  readonly onLeave: () => void;
}

function Done({ created, kind, orgName, onLeave }: DoneProps) {
  const founded = created.words.length > 0;
  // Twelve words that are no secret must not stand beside twenty-four that are.
  const [setting, setSetting] = useState(false);
  return (
    <Gate
      title={founded ? m.enrol_done_founded({ org: orgName }) : m.enrol_done_joined()}
      lead={kind === "first" ? m.enrol_done_first_lead() : m.enrol_done_lead()}
      wide
    >
      {founded && !setting && (
        <Stack gap="md">
          <Words words={created.words} label={m.words_label()} />
          <Callout tone="accent" title={m.words_title()}>
            {kind === "first" ? m.words_desk_text() : m.words_customer_text()}
          </Callout>
        </Stack>
      )}
      <Recovery org={created.org} onSetting={setSetting} />
      <Button variant="primary" size="lg" icon="arrowRight" onClick={onLeave} autoFocus>
        {m.enrol_continue()}
      </Button>
    </Gate>
  );
}

/** Offered while it is still easy: later, it may be too late. */
function Recovery({ org, onSetting }: { readonly org: string; readonly onSetting: (setting: boolean) => void }) {
  const [state, setState] = useState<"offered" | "setting" | "set">("offered");
  if (state === "set") return <Callout tone="ok">{m.recovery_saved()}</Callout>;
  if (state === "setting")
    return (
      <RecoverySetup
        org={org}
        onDone={() => {
          setState("set");
          onSetting(false);
        }}
      />
    );
  return (
    <Callout
      tone="warn"
      title={m.recovery_offer_title()}
      actions={
        <Button
          size="sm"
          icon="key"
          onClick={() => {
            setState("setting");
            onSetting(true);
          }}
        >
          {m.recovery_begin()}
        </Button>
      }
    >
      {m.recovery_offer()}
    </Callout>
  );
}
