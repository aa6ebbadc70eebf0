import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { whyLocked, type Me } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, Field, Form, Stack, TextInput } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { Gate } from "../shell/gate.tsx";
import { toastError } from "../shell/toasterror.ts";
import { signOut, unlock } from "./flow.ts";

/** The session lives on, the keys do not: after a reload, an idle quarter of an hour, or on request. */
export function UnlockPage({ me }: { readonly me: Me }) {
  const hasPasskey = me.wraps.some((wrap) => wrap.method === "prf");
  const hasPassphrase = me.wraps.some((wrap) => wrap.method === "passphrase");
  const [method, setMethod] = useState<"passkey" | "passphrase">(hasPasskey ? "passkey" : "passphrase");
  const client = useQueryClient();
  const navigate = useNavigate();
  const reason = whyLocked();
  const passkey = useMutation({ mutationFn: () => unlock(me) });
  return (
    <Gate title={m.unlock_title({ name: me.name })} lead={m.unlock_lead()}>
      {reason === "idle" && <Callout>{m.unlock_idle()}</Callout>}
      <Stack gap="sm">
        {method === "passkey" ? (
          <>
            <Button
              variant="primary"
              size="lg"
              icon="passkey"
              busy={passkey.isPending}
              onClick={() => passkey.mutate()}
              autoFocus
            >
              {m.unlock_passkey()}
            </Button>
            {passkey.isError && <Failed error={passkey.error} />}
            {hasPassphrase && (
              <Button variant="ghost" onClick={() => setMethod("passphrase")}>
                {m.signin_use_passphrase()}
              </Button>
            )}
          </>
        ) : (
          <>
            <PassphraseUnlock me={me} />
            {hasPasskey && (
              <Button variant="ghost" onClick={() => setMethod("passkey")}>
                {m.signin_use_passkey()}
              </Button>
            )}
          </>
        )}
        <Button
          variant="ghost"
          onClick={() => {
            signOut(client)
              .then(() => navigate({ to: "/sign-in" }))
              .catch(toastError);
          }}
        >
          {m.shell_sign_out()}
        </Button>
      </Stack>
    </Gate>
  );
}

function PassphraseUnlock({ me }: { readonly me: Me }) {
  const [passphrase, setPassphrase] = useState("");
  const open = useMutation({ mutationFn: () => unlock(me, passphrase) });
  return (
    <Form onSubmit={() => passphrase !== "" && open.mutate()}>
      <input type="text" autoComplete="username" value={me.email} readOnly hidden />
      <Field label={m.field_passphrase()}>
        <TextInput
          value={passphrase}
          onValue={setPassphrase}
          type="password"
          autoComplete="current-password"
          autoFocus
        />
      </Field>
      {open.isError && <Failed error={open.error} />}
      <Button type="submit" variant="primary" size="lg" busy={open.isPending}>
        {m.unlock_button()}
      </Button>
    </Form>
  );
}
