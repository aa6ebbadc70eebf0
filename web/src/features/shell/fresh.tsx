import { schemas } from "@breakwater/contract";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { answerFresh, useFreshWanted } from "../../api/fresh.ts";
import { call, getEngine } from "../../api/index.ts";
import { assertPasskey } from "../../api/passkey.ts";
import { m } from "../../i18n/index.ts";
import { Button, Dialog, DialogActions, Field, Form, Stack, TextInput } from "../../ui/index.ts";
import { Failed } from "./failed.tsx";

type Started = (typeof schemas.VerifyStarted)["_output"];

/** Opens when something that was asked for needs the person themself; see `withFresh`. */
export function FreshDialog() {
  const open = useFreshWanted();
  return (
    <Dialog
      open={open}
      onClose={() => answerFresh(false)}
      title={m.people_verify_title()}
      description={m.people_verify_why()}
      size="sm"
    >
      {open && <Verify />}
    </Dialog>
  );
}

function Verify() {
  const started = useQuery({
    queryKey: ["verify"],
    queryFn: () => call("verifyStart", { method: "POST", answer: schemas.VerifyStarted }),
    gcTime: 0,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (started.isError) return <Failed error={started.error} onRetry={() => void started.refetch()} />;
  if (!started.data) return null;
  return started.data.method === "passkey" ? (
    <ByPasskey again={() => started.refetch().then(({ data }) => data)} />
  ) : (
    <ByPassphrase started={started.data} />
  );
}

/** Each try has a challenge of its own. */
function ByPasskey({ again }: { readonly again: () => Promise<Started | undefined> }) {
  const show = useMutation({
    mutationFn: async () => {
      const started = await again();
      if (!started) return;
      const { response } = await assertPasskey({
        challenge: started.challenge,
        rpId: started.rpId,
        ids: started.credentials,
      });
      await call("verifyFinish", { method: "POST", body: { kind: "passkey", response } });
    },
    onSuccess: () => answerFresh(true),
  });
  return (
    <Stack gap="sm">
      {show.isError && <Failed error={show.error} />}
      <DialogActions>
        <Button onClick={() => answerFresh(false)}>{m.ui_cancel()}</Button>
        <Button variant="primary" icon="passkey" busy={show.isPending} onClick={() => show.mutate()} autoFocus>
          {m.people_verify_passkey()}
        </Button>
      </DialogActions>
    </Stack>
  );
}

function ByPassphrase({ started }: { readonly started: Started }) {
  const [passphrase, setPassphrase] = useState("");
  const show = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      const { token } = await engine.passphraseToken({ passphrase, salt: started.salt ?? "" });
      await call("verifyFinish", { method: "POST", body: { kind: "passphrase", token } });
    },
    onSuccess: () => answerFresh(true),
  });
  return (
    <Form onSubmit={() => passphrase !== "" && show.mutate()}>
      <Field label={m.field_passphrase()}>
        <TextInput
          value={passphrase}
          onValue={setPassphrase}
          type="password"
          autoComplete="current-password"
          autoFocus
        />
      </Field>
      {show.isError && <Failed error={show.error} />}
      <DialogActions>
        <Button onClick={() => answerFresh(false)}>{m.ui_cancel()}</Button>
        <Button type="submit" variant="primary" busy={show.isPending}>
          {m.people_verify_passphrase()}
        </Button>
      </DialogActions>
    </Form>
  );
}
