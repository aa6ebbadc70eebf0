import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { PasskeyError, prfPossible } from "../../api/passkey.ts";
import { m } from "../../i18n/index.ts";
import {
  Button,
  Callout,
  Checkbox,
  CopyButton,
  Field,
  Form,
  FormActions,
  OptionCards,
  Stack,
  TextInput,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import type { How, Person } from "./flow.ts";
import { strengthOf, suggestPassphrase, type StrengthHint } from "./strength.ts";
import styles from "./enrol.module.css";

export interface SecureProps {
  readonly person: Person;
  readonly busy: boolean;
  readonly error: Error | null;
  readonly onBack: () => void;
  readonly onCreate: (how: How) => void;
}

/** How the person's keys are locked: a passkey where it can hold keys, a passphrase where it cannot. */
export function Secure({ person, busy, error, onBack, onCreate }: SecureProps) {
  const possible = useQuery({ queryKey: ["prf"], queryFn: prfPossible, staleTime: Number.POSITIVE_INFINITY });
  const [chosen, setChosen] = useState<"passkey" | "passphrase" | undefined>();
  if (possible.data === undefined) return null;
  const noPrf =
    error instanceof PasskeyError && (error.code === "passkey.noPrf" || error.code === "passkey.unsupported");
  const method = chosen ?? (possible.data ? "passkey" : "passphrase");
  return (
    <Stack gap="md">
      <OptionCards
        label={m.secure_text()}
        value={method}
        onValue={setChosen}
        choices={[
          { value: "passkey", label: m.secure_passkey(), detail: m.secure_passkey_detail(), icon: "passkey" },
          { value: "passphrase", label: m.secure_passphrase(), detail: m.secure_passphrase_detail(), icon: "keyboard" },
        ]}
      />
      {!possible.data && method === "passkey" && <Callout tone="warn">{m.secure_prf_unlikely()}</Callout>}
      {error !== null && (
        <Stack gap="sm">
          <Failed error={error} />
          {noPrf && method === "passkey" && (
            <Button onClick={() => setChosen("passphrase")}>{m.secure_use_passphrase()}</Button>
          )}
        </Stack>
      )}
      {method === "passkey" ? (
        <FormActions>
          <Button
            variant="primary"
            icon="passkey"
            busy={busy}
            onClick={() => onCreate({ method: "passkey" })}
            autoFocus
          >
            {m.secure_create_passkey()}
          </Button>
          <Button variant="ghost" onClick={onBack}>
            {m.enrol_back()}
          </Button>
        </FormActions>
      ) : (
        <PassphraseChoice
          email={person.email}
          busy={busy}
          onBack={onBack}
          onChoose={(passphrase) => onCreate({ method: "passphrase", passphrase })}
        />
      )}
    </Stack>
  );
}

interface PassphraseChoiceProps {
  readonly email: string;
  readonly busy: boolean;
  readonly onBack: () => void;
  readonly onChoose: (passphrase: string) => void;
}

function PassphraseChoice({ email, busy, onBack, onChoose }: PassphraseChoiceProps) {
  const [passphrase, setPassphrase] = useState("");
  const [again, setAgain] = useState("");
  const [visible, setVisible] = useState(false);
  const [tried, setTried] = useState(false);
  const strength = strengthOf(passphrase);
  const type = visible ? "text" : "password";
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (strength.enough && passphrase === again) onChoose(passphrase);
      }}
    >
      <input type="text" autoComplete="username" value={email} readOnly hidden />
      <Field
        label={m.field_passphrase()}
        hint={<StrengthHintText hint={passphrase === "" ? undefined : strength.hint} />}
        error={tried && !strength.enough ? m.secure_too_weak() : undefined}
      >
        <TextInput
          value={passphrase}
          onValue={setPassphrase}
          type={type}
          autoComplete="new-password"
          spellCheck={false}
          autoCapitalize="off"
          maxLength={256}
        />
      </Field>
      <meter
        className={styles.meter}
        min={0}
        max={100}
        low={55}
        high={70}
        optimum={100}
        value={Math.min(strength.enough ? 100 : 45, strength.bits)}
        aria-label={m.secure_strength()}
      />
      <Field label={m.secure_again()} error={tried && passphrase !== again ? m.secure_differs() : undefined}>
        <TextInput
          value={again}
          onValue={setAgain}
          type={type}
          autoComplete="new-password"
          spellCheck={false}
          autoCapitalize="off"
          maxLength={256}
        />
      </Field>
      <div className={styles.tools}>
        <Checkbox checked={visible} onChecked={setVisible} label={m.secure_show()} />
        <Button
          size="sm"
          icon="refresh"
          onClick={() => {
            const suggestion = suggestPassphrase();
            setPassphrase(suggestion);
            setAgain(suggestion);
            setVisible(true);
          }}
        >
          {m.secure_suggest()}
        </Button>
        {passphrase !== "" && <CopyButton size="sm" text={passphrase} />}
      </div>
      <Callout tone="warn">{m.secure_passphrase_warning()}</Callout>
      <FormActions>
        <Button type="submit" variant="primary" busy={busy}>
          {m.secure_create_passphrase()}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {m.enrol_back()}
        </Button>
      </FormActions>
    </Form>
  );
}

function StrengthHintText({ hint }: { readonly hint: StrengthHint | undefined }) {
  const sentences: Record<StrengthHint, () => string> = {
    short: m.strength_short,
    repeats: m.strength_repeats,
    common: m.strength_common,
    fair: m.strength_fair,
    strong: m.strength_strong,
  };
  return <span role="status">{(hint === undefined ? m.strength_hint : sentences[hint])()}</span>;
}
