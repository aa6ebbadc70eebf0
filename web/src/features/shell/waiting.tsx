import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { meQuery } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button } from "../../ui/index.ts";
import { signOut } from "../signin/flow.ts";
import { Gate } from "./gate.tsx";
import { toastError } from "./toasterror.ts";

const AGAIN_MS = 3_000;

/** A further browser where the organisation approves them; it asks until somebody did. */
export function WaitingPage() {
  const client = useQueryClient();
  const navigate = useNavigate();
  useQuery({ ...meQuery, refetchInterval: AGAIN_MS });
  return (
    <Gate title={m.people_waiting_title()} lead={m.people_waiting_lead()}>
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
    </Gate>
  );
}
