import type { schemas } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, settingsQuery, withFresh } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, Checkbox, Field, Form, FormActions, Panel, Select, toast } from "../../ui/index.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";

type Settings = (typeof schemas.Settings)["_output"];

/** Who approves each opening of an organisation's files: an administrator's signed word, which the releaser goes by too. */
export function SettingsForm() {
  const me = useMe();
  const found = useQuery(settingsQuery(me.org.id));
  return (
    <Reads of={[found]} title={m.settings_failed()}>
      {() => found.data && <Rules key={JSON.stringify(found.data)} settings={found.data} />}
    </Reads>
  );
}

function Rules({ settings }: { readonly settings: Settings }) {
  const me = useMe();
  const client = useQueryClient();
  const desk = me.org.kind === "desk";
  const [approve, setApprove] = useState(settings.approve);
  const [breakGlass, setBreakGlass] = useState(settings.breakGlass);
  const mayChange = may(me, "changeSettings");
  const changed = approve !== settings.approve || breakGlass !== settings.breakGlass || settings.own === null;
  const save = useMutation({
    mutationFn: () =>
      withFresh(async () => {
        const engine = await getEngine();
        const body = await engine.makeSettings({ org: me.org.id, own: settings.own, approve, breakGlass });
        await call("settings", { method: "PUT", body });
      }),
    onSuccess: async () => {
      toast(m.settings_saved());
      await client.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  return (
    <Panel
      title={desk ? m.settings_heading_desk() : m.settings_heading()}
      description={desk ? m.settings_text_desk() : m.settings_text()}
    >
      <Form onSubmit={() => save.mutate()}>
        <Field label={m.settings_approve()}>
          <Select
            value={approve}
            onValue={setApprove}
            disabled={!mayChange}
            choices={[
              { value: "none", label: m.settings_none(), detail: m.settings_none_detail() },
              { value: "lead", label: m.settings_lead(), detail: m.settings_lead_detail() },
              {
                value: "customer",
                label: desk ? m.settings_customer_desk() : m.settings_customer(),
                detail: m.settings_customer_detail(),
              },
              { value: "both", label: m.settings_both(), detail: m.settings_both_detail() },
            ]}
          />
        </Field>
        <Checkbox
          checked={breakGlass}
          onChecked={setBreakGlass}
          disabled={!mayChange}
          label={m.settings_break_glass()}
        />
        <Callout>{m.settings_break_glass_text()}</Callout>
        {settings.own === null && !desk && <p>{m.settings_from_desk()}</p>}
        {save.isError && <Failed error={save.error} />}
        {mayChange ? (
          <FormActions>
            <Button type="submit" variant="primary" icon="seal" busy={save.isPending} disabled={!changed}>
              {m.settings_save()}
            </Button>
          </FormActions>
        ) : (
          <p>{m.settings_ask_admin()}</p>
        )}
      </Form>
    </Panel>
  );
}
