import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { call, getEngine, trustQuery } from "../../api/index.ts";
import { formatRegion, m, useLocale } from "../../i18n/index.ts";
import {
  Button,
  Callout,
  EmptyState,
  Field,
  Form,
  FormActions,
  OptionCards,
  Page,
  Panel,
  Select,
  TextInput,
  toast,
} from "../../ui/index.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { CASE_TYPES, guessJurisdiction, JURISDICTIONS, type SENSITIVITIES } from "./lists.ts";
import { sensitivityName, typeName } from "./names.ts";

export function NewCasePage() {
  const me = useMe();
  const trust = useQuery(trustQuery);
  return (
    <Page
      title={m.case_new()}
      crumbs={<Link to="/cases">{m.nav_cases()}</Link>}
      lead={m.case_new_lead()}
      width="narrow"
    >
      {may(me, "openCase") ? (
        <Reads of={[trust]} title={m.case_new_failed()}>
          {() => <NewCaseForm />}
        </Reads>
      ) : (
        <EmptyState icon="info" title={m.case_new_customers_only()}>
          {m.case_new_customers_only_text()}
        </EmptyState>
      )}
    </Page>
  );
}

function NewCaseForm() {
  const me = useMe();
  const locale = useLocale();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [subject, setSubject] = useState("");
  const [type, setType] = useState<(typeof CASE_TYPES)[number]>("problem");
  const [sensitivity, setSensitivity] = useState<(typeof SENSITIVITIES)[number]>("normal");
  const [jurisdiction, setJurisdiction] = useState(() => guessJurisdiction(navigator.language));
  const [tried, setTried] = useState(false);
  const regions = useMemo(
    () =>
      JURISDICTIONS.map((code) => ({ value: code, label: formatRegion(code) })).sort((one, other) =>
        one.label.localeCompare(other.label, locale),
      ),
    [locale],
  );
  const open = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      const { statements } = await client.fetchQuery({ ...trustQuery, staleTime: 0 });
      const body = await engine.makeCase({
        org: me.org.id,
        subject: subject.trim(),
        type,
        jurisdiction,
        sensitivity,
        statements,
      });
      await call("cases", { method: "POST", body });
      return body.case;
    },
    onSuccess: async (id) => {
      await client.invalidateQueries({ queryKey: ["cases"] });
      toast(m.case_opened());
      await navigate({ to: "/cases/$case", params: { case: id } });
    },
  });
  return (
    <Panel>
      <Form
        onSubmit={() => {
          setTried(true);
          if (subject.trim() !== "") open.mutate();
        }}
      >
        <Field
          label={m.case_subject()}
          hint={m.case_subject_hint()}
          error={tried && subject.trim() === "" ? m.case_subject_needed() : undefined}
        >
          <TextInput value={subject} onValue={setSubject} maxLength={200} autoFocus />
        </Field>
        <Field label={m.case_type()}>
          <Select
            value={type}
            onValue={setType}
            choices={CASE_TYPES.map((value) => ({ value, label: typeName(value) }))}
          />
        </Field>
        <Field label={m.case_jurisdiction()} hint={m.case_jurisdiction_hint()}>
          <Select value={jurisdiction} onValue={setJurisdiction} choices={regions} />
        </Field>
        <OptionCards
          label={m.case_sensitivity()}
          value={sensitivity}
          onValue={setSensitivity}
          choices={[
            { value: "normal", label: sensitivityName("normal"), detail: m.case_sensitivity_normal_detail() },
            { value: "high", label: sensitivityName("high"), detail: m.case_sensitivity_high_detail() },
            {
              value: "restricted",
              label: sensitivityName("restricted"),
              detail: m.case_sensitivity_restricted_detail(),
            },
          ]}
        />
        <Callout tone="accent" icon="seal">
          {m.case_new_sealed()}
        </Callout>
        {open.isError && <Failed error={open.error} />}
        <FormActions>
          <Button type="submit" variant="primary" busy={open.isPending}>
            {m.case_open_button()}
          </Button>
          <Button variant="ghost" onClick={() => void navigate({ to: "/cases" })}>
            {m.ui_cancel()}
          </Button>
        </FormActions>
      </Form>
    </Panel>
  );
}
