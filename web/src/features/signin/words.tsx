import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { m } from "../../i18n/index.ts";
import { Button, Field, Form, Stack, TextArea, TextInput } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { signInWithWords } from "./flow.ts";

/** For somebody who lost every passkey: the recovery words, or enough holders' shares. */
export function WordsForm({ onDone, onBack }: { readonly onDone: () => void; readonly onBack: () => void }) {
  const client = useQueryClient();
  const [email, setEmail] = useState("");
  const [words, setWords] = useState("");
  const [tried, setTried] = useState(false);
  const signIn = useMutation({
    mutationFn: () => signInWithWords(client, email.trim(), words),
    onSuccess: onDone,
  });
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (email.includes("@") && words.trim() !== "") signIn.mutate();
      }}
    >
      <Field label={m.field_email()} error={tried && !email.includes("@") ? m.field_email_invalid() : undefined}>
        <TextInput value={email} onValue={setEmail} type="email" autoComplete="username" autoFocus />
      </Field>
      <Field
        label={m.recovery_words()}
        hint={m.recovery_signin_hint()}
        error={tried && words.trim() === "" ? m.field_needed() : undefined}
      >
        <TextArea
          value={words}
          onValue={setWords}
          rows={5}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={8000}
        />
      </Field>
      {signIn.isError && <Failed error={signIn.error} />}
      <Stack gap="sm">
        <Button type="submit" variant="primary" size="lg" busy={signIn.isPending}>
          {m.signin_title()}
        </Button>
        <Button variant="ghost" onClick={onBack}>
          {m.signin_use_passkey()}
        </Button>
      </Stack>
    </Form>
  );
}
