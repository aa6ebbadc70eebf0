import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { statusQuery, useEndReason, type EndReason } from "../../api/index.ts";
import { passkeysSupported } from "../../api/passkey.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, Field, Form, Stack, TextInput } from "../../ui/index.ts";
import { Gate } from "../shell/gate.tsx";
import { Failed } from "../shell/failed.tsx";
import { WordsForm } from "./words.tsx";
import { signInWithPassphrase, signInWithPasskey } from "./flow.ts";

const REASONS: Record<EndReason, { readonly tone: "info" | "warn"; readonly text: () => string }> = {
  expired: { tone: "info", text: m.signin_reason_expired },
  refused: { tone: "warn", text: m.signin_reason_refused },
  signedOut: { tone: "info", text: m.signin_reason_signed_out },
};

export function SignInPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { next } = useSearch({ from: "/sign-in" });
  const [method, setMethod] = useState<"passkey" | "passphrase" | "words">(
    passkeysSupported() ? "passkey" : "passphrase",
  );
  const reason = useEndReason();
  const status = useQuery(statusQuery);
  const passkey = useMutation({
    mutationFn: () => signInWithPasskey(client),
    onSuccess: () => navigate({ href: next ?? "/", replace: true }),
  });
  return (
    <Gate title={m.signin_title()} lead={status.data?.desk ?? undefined}>
      {reason && <Callout tone={REASONS[reason].tone}>{REASONS[reason].text()}</Callout>}
      {status.data?.enrolled === false && <Callout tone="warn">{m.signin_no_desk()}</Callout>}
      {status.isError && <Failed error={status.error} onRetry={() => void status.refetch()} />}
      {method === "passkey" ? (
        <Stack gap="sm">
          <Button
            variant="primary"
            size="lg"
            icon="passkey"
            busy={passkey.isPending}
            onClick={() => passkey.mutate()}
            autoFocus
          >
            {m.signin_passkey()}
          </Button>
          {passkey.isError && <Failed error={passkey.error} />}
          <Button variant="ghost" onClick={() => setMethod("passphrase")}>
            {m.signin_use_passphrase()}
          </Button>
        </Stack>
      ) : method === "passphrase" ? (
        <PassphraseForm
          onDone={() => void navigate({ href: next ?? "/", replace: true })}
          onPasskey={() => setMethod("passkey")}
        />
      ) : (
        <WordsForm
          onDone={() => void navigate({ to: "/keys", search: { recovered: true }, replace: true })}
          onBack={() => setMethod("passkey")}
        />
      )}
      {method !== "words" && (
        <Button variant="ghost" size="sm" onClick={() => setMethod("words")}>
          {m.recovery_signin()}
        </Button>
      )}
    </Gate>
  );
}

function PassphraseForm({ onDone, onPasskey }: { readonly onDone: () => void; readonly onPasskey: () => void }) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [passphrase, setPassphrase] = useState("");
  const [tried, setTried] = useState(false);
  const signIn = useMutation({
    mutationFn: () => signInWithPassphrase(client, email.trim(), passphrase),
    onSuccess: onDone,
  });
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (email.includes("@") && passphrase !== "") signIn.mutate();
      }}
    >
      <Field label={m.field_email()} error={tried && !email.includes("@") ? m.field_email_invalid() : undefined}>
        <TextInput value={email} onValue={setEmail} type="email" autoComplete="username" autoFocus />
      </Field>
      <Field label={m.field_passphrase()} error={tried && passphrase === "" ? m.field_needed() : undefined}>
        <TextInput value={passphrase} onValue={setPassphrase} type="password" autoComplete="current-password" />
      </Field>
      {signIn.isError && <Failed error={signIn.error} />}
      <Stack gap="sm">
        <Button type="submit" variant="primary" size="lg" busy={signIn.isPending}>
          {m.signin_title()}
        </Button>
        {passkeysSupported() && (
          <Button variant="ghost" onClick={onPasskey}>
            {m.signin_use_passkey()}
          </Button>
        )}
      </Stack>
    </Form>
  );
}
