import { schemas } from "@breakwater/contract";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { z } from "zod";
import { call, getEngine, settingsQuery, withFresh } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Field, Form, FormActions, Panel, TextInput, toast } from "../../ui/index.ts";
import { typeName } from "../cases/names.ts";
import { Failed, Reads } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import styles from "./life.module.css";

const TYPES = schemas.CASE_TYPES;
type Type = (typeof TYPES)[number];
type Settings = (typeof schemas.Settings)["_output"];

const Own = z.object({
  retention: z.partialRecord(z.enum(TYPES), z.int()).optional(),
  releaser: z.string().optional(),
});

/** How long closed cases live, and whose releaser holds the second share: an administrator's signed word. */
export function LifeSettings() {
  const me = useMe();
  const found = useQuery(settingsQuery(me.org.id));
  if (!may(me, "changeSettings")) return null;
  return (
    <Reads of={[found]} title={m.settings_failed()}>
      {() => found.data && <Rules key={JSON.stringify(found.data.own)} settings={found.data} />}
    </Reads>
  );
}

function isDays(text: string): boolean {
  return text.trim() === "" || (/^\d{1,4}$/.test(text.trim()) && Number(text) >= 1 && Number(text) <= 3650);
}

function Rules({ settings }: { readonly settings: Settings }) {
  const me = useMe();
  const client = useQueryClient();
  const own = Own.safeParse(settings.own ?? {}).data ?? {};
  const [days, setDays] = useState<Readonly<Partial<Record<Type, string>>>>(() =>
    Object.fromEntries(TYPES.map((type) => [type, own.retention?.[type]?.toString() ?? ""])),
  );
  const [releaser, setReleaser] = useState(own.releaser ?? "");
  const [tried, setTried] = useState(false);
  const key = releaser.trim();
  const keyFits = key === "" || /^[A-Za-z0-9_-]{43}$/.test(key);
  const save = useMutation({
    mutationFn: () =>
      withFresh(async () => {
        const engine = await getEngine();
        const { retention: _, releaser: __, ...rest } = { notify: [], ...settings.own } as Record<string, unknown>;
        const set = TYPES.filter((type) => (days[type] ?? "").trim() !== "");
        const body = await engine.makeSettings({
          org: me.org.id,
          own: {
            ...rest,
            ...(set.length === 0
              ? {}
              : { retention: Object.fromEntries(set.map((type) => [type, Number(days[type])])) }),
            ...(key === "" ? {} : { releaser: key }),
          },
          approve: settings.approve,
          breakGlass: settings.breakGlass,
        });
        await call("settings", { method: "PUT", body });
      }),
    onSuccess: async () => {
      toast(m.settings_saved());
      await client.invalidateQueries({ queryKey: ["settings"] });
    },
  });
  return (
    <Panel title={m.life_settings()} description={m.life_settings_text()}>
      <Form
        onSubmit={() => {
          setTried(true);
          if (keyFits && TYPES.every((type) => isDays(days[type] ?? ""))) save.mutate();
        }}
      >
        <div className={styles.days}>
          {TYPES.map((type) => (
            <Field
              key={type}
              label={m.life_settings_days({ type: typeName(type) })}
              error={tried && !isDays(days[type] ?? "") ? m.life_settings_days_wrong() : undefined}
            >
              <TextInput
                value={days[type] ?? ""}
                onValue={(value) => setDays({ ...days, [type]: value })}
                inputMode="numeric"
                placeholder={m.life_settings_forever()}
              />
            </Field>
          ))}
        </div>
        {me.org.kind === "customer" && (
          <Field
            label={m.life_settings_releaser()}
            hint={m.life_settings_releaser_hint()}
            optional
            error={tried && !keyFits ? m.life_settings_releaser_wrong() : undefined}
          >
            <TextInput value={releaser} onValue={setReleaser} spellCheck={false} autoComplete="off" />
          </Field>
        )}
        {save.isError && <Failed error={save.error} />}
        <FormActions>
          <Button type="submit" variant="primary" icon="seal" busy={save.isPending}>
            {m.settings_save()}
          </Button>
        </FormActions>
      </Form>
    </Panel>
  );
}
