import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { call, getEngine, withFresh } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import {
  Button,
  Callout,
  CopyButton,
  Field,
  Form,
  FormActions,
  OptionCards,
  Select,
  Stack,
  TextInput,
  Words,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import styles from "./recovery.module.css";

interface Made {
  readonly handle: string;
  readonly texts: readonly string[];
}

/** Words that bring a person back who lost every passkey: written down, then typed back, then stored. */
export function RecoverySetup({ org, onDone }: { readonly org: string; readonly onDone: () => void }) {
  const [made, setMade] = useState<Made>();
  const [rehearsing, setRehearsing] = useState(false);
  const save = useMutation({
    mutationFn: (handle: string) =>
      withFresh(async () => {
        const engine = await getEngine();
        await call("recovery", { method: "PUT", body: await engine.putRecovery({ org, handle }) });
      }),
    onSuccess: onDone,
  });
  if (!made) return <Choose org={org} onMade={setMade} />;
  if (!rehearsing) return <Show made={made} onNext={() => setRehearsing(true)} />;
  return (
    <Rehearse
      made={made}
      busy={save.isPending}
      error={save.error}
      onBack={() => setRehearsing(false)}
      onRight={() => save.mutate(made.handle)}
    />
  );
}

const HOLDERS = ["3", "4", "5", "6", "7"] as const;

function Choose({ org, onMade }: { readonly org: string; readonly onMade: (made: Made) => void }) {
  const [kind, setKind] = useState<"whole" | "split">("whole");
  const [holders, setHolders] = useState<(typeof HOLDERS)[number]>("5");
  const [needed, setNeeded] = useState("3");
  const choices = Array.from({ length: Number(holders) - 1 }, (_, at) => String(at + 2));
  const make = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      const split = kind === "split" ? { holders: Number(holders), needed: Number(needed) } : null;
      return engine.newRecovery({ org, split });
    },
    onSuccess: onMade,
  });
  return (
    <Stack gap="md">
      <OptionCards
        label={m.recovery_choose()}
        value={kind}
        onValue={setKind}
        choices={[
          { value: "whole", label: m.recovery_whole(), detail: m.recovery_whole_detail(), icon: "key" },
          { value: "split", label: m.recovery_split(), detail: m.recovery_split_detail(), icon: "people" },
        ]}
      />
      {kind === "split" && (
        <div className={styles.split}>
          <Field label={m.recovery_holders()}>
            <Select
              value={holders}
              onValue={(next) => {
                setHolders(next);
                if (Number(needed) > Number(next)) setNeeded(next);
              }}
              choices={HOLDERS.map((value) => ({ value, label: value }))}
            />
          </Field>
          <Field label={m.recovery_needed()}>
            <Select value={needed} onValue={setNeeded} choices={choices.map((value) => ({ value, label: value }))} />
          </Field>
        </div>
      )}
      {make.isError && <Failed error={make.error} />}
      <FormActions>
        <Button variant="primary" busy={make.isPending} onClick={() => make.mutate()}>
          {m.recovery_make()}
        </Button>
      </FormActions>
    </Stack>
  );
}

function Show({ made, onNext }: { readonly made: Made; readonly onNext: () => void }) {
  const [first = ""] = made.texts;
  const split = made.texts.length > 1;
  return (
    <Stack gap="md">
      <Callout tone="warn" title={m.recovery_write_title()}>
        {split ? m.recovery_write_split() : m.recovery_write()}
      </Callout>
      {split ? (
        <ol className={styles.shares}>
          {made.texts.map((text, at) => (
            <li key={text} className={styles.share}>
              <span className={styles.shareHead}>
                <strong>{m.recovery_share({ number: at + 1, of: made.texts.length })}</strong>
                <CopyButton size="sm" text={text} />
              </span>
              <code className={styles.shareText} lang="en" translate="no">
                {text}
              </code>
            </li>
          ))}
        </ol>
      ) : (
        <Words words={first.split(" ")} label={m.recovery_words()} />
      )}
      <FormActions>
        <Button variant="primary" onClick={onNext}>
          {m.recovery_written()}
        </Button>
        <Button onClick={() => window.print()}>{m.recovery_print()}</Button>
      </FormActions>
    </Stack>
  );
}

/** Three places of the words, other ones each time. */
function somePlaces(): readonly number[] {
  const places = Array.from({ length: 24 }, (_, at) => at);
  const random = crypto.getRandomValues(new Uint32Array(24));
  return places
    .toSorted((a, b) => (random[a] ?? 0) - (random[b] ?? 0))
    .slice(0, 3)
    .toSorted((a, b) => a - b);
}

function Rehearse({
  made,
  busy,
  error,
  onBack,
  onRight,
}: {
  readonly made: Made;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onBack: () => void;
  readonly onRight: () => void;
}) {
  const [places] = useState(somePlaces);
  const [typed, setTyped] = useState<Readonly<Record<number, string>>>({});
  const [tried, setTried] = useState(false);
  const words = (made.texts[0] ?? "").replace(/^BW1-\S+ /, "").split(" ");
  const wrong = (place: number): boolean => (typed[place] ?? "").trim().toLowerCase() !== words[place];
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (!places.some(wrong)) onRight();
      }}
    >
      <p>{made.texts.length > 1 ? m.recovery_rehearse_split() : m.recovery_rehearse()}</p>
      {places.map((place) => (
        <Field
          key={place}
          label={m.recovery_word({ number: place + 1 })}
          error={tried && wrong(place) ? m.recovery_wrong() : undefined}
        >
          <TextInput
            value={typed[place] ?? ""}
            onValue={(value) => setTyped({ ...typed, [place]: value })}
            autoComplete="off"
            autoCapitalize="off"
            spellCheck={false}
          />
        </Field>
      ))}
      {error !== null && <Failed error={error} />}
      <FormActions>
        <Button type="submit" variant="primary" busy={busy}>
          {m.recovery_save()}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {m.recovery_again()}
        </Button>
      </FormActions>
    </Form>
  );
}
