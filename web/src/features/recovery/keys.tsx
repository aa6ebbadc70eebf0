import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { meQuery } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, Checkbox, Icon, Page, Panel, Stack, toast, type IconName } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { useMe } from "../shell/who.ts";
import { addPasskey } from "./flow.ts";
import { RecoverySetup } from "./setup.tsx";
import styles from "./recovery.module.css";

/** The ways to unlock one's keys: what there is, a further passkey, and the words for when all else is lost. */
export function KeysPage({ recovered }: { readonly recovered: boolean }) {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [setting, setSetting] = useState(false);
  const hasWords = me.wraps.some(({ method }) => method === "recovery");
  const read = (): Promise<void> => client.invalidateQueries({ queryKey: meQuery.queryKey });
  return (
    <Page title={m.recovery_page()} width="narrow">
      <Stack gap="lg">
        {recovered && (
          <Callout tone="warn" title={m.recovery_recovered()}>
            {m.recovery_recovered_text()}
          </Callout>
        )}
        <Panel title={m.recovery_ways()} description={m.recovery_ways_text()}>
          <Stack gap="md">
            <ul className={styles.ways}>
              {me.wraps.map(({ method, id }) => (
                <li key={`${method} ${id}`} className={styles.way}>
                  <Icon name={WAYS[method].icon} />
                  {WAYS[method].name()}
                </li>
              ))}
            </ul>
            <AddPasskey
              recovered={recovered}
              onDone={() => {
                void read();
                toast(m.recovery_passkey_added());
                if (recovered) void navigate({ to: "/", replace: true });
              }}
            />
          </Stack>
        </Panel>
        <Panel title={m.recovery_words()} description={m.recovery_words_text()}>
          {setting ? (
            <RecoverySetup
              org={me.org.id}
              onDone={() => {
                setSetting(false);
                void read();
                toast(m.recovery_saved());
              }}
            />
          ) : (
            <Stack gap="md">
              <Callout tone={hasWords ? "ok" : "warn"}>{hasWords ? m.recovery_have() : m.recovery_none()}</Callout>
              <div>
                <Button icon="key" onClick={() => setSetting(true)}>
                  {hasWords ? m.recovery_replace() : m.recovery_begin()}
                </Button>
              </div>
            </Stack>
          )}
        </Panel>
      </Stack>
    </Page>
  );
}

const WAYS: Readonly<
  Record<"prf" | "passphrase" | "recovery", { readonly icon: IconName; readonly name: () => string }>
> = {
  prf: { icon: "passkey", name: m.recovery_way_passkey },
  passphrase: { icon: "keyboard", name: m.recovery_way_passphrase },
  recovery: { icon: "key", name: m.recovery_way_words },
};

function AddPasskey({ recovered, onDone }: { readonly recovered: boolean; readonly onDone: () => void }) {
  const me = useMe();
  const [endOthers, setEndOthers] = useState(recovered);
  const add = useMutation({ mutationFn: () => addPasskey(me, endOthers), onSuccess: onDone });
  return (
    <Stack gap="sm">
      <Checkbox checked={endOthers} onChecked={setEndOthers} label={m.recovery_end_others()} />
      {add.isError && <Failed error={add.error} />}
      <div>
        <Button
          variant={recovered ? "primary" : "secondary"}
          icon="passkey"
          busy={add.isPending}
          onClick={() => add.mutate()}
        >
          {m.recovery_add_passkey()}
        </Button>
      </div>
    </Stack>
  );
}
