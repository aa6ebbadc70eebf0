import { useMutation, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import type { PersonRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Badge, Confirm, Field, TextInput, toast, type Tone } from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { changeStanding, refreshPeople, type Standing } from "./change.ts";

type Named = PersonRow["standing"] | "pending";

const STANDINGS: Readonly<Record<Named, { readonly tone: Tone; readonly text: () => string }>> = {
  active: { tone: "ok", text: m.people_standing_active },
  pending: { tone: "warn", text: m.people_standing_pending },
  suspended: { tone: "warn", text: m.people_standing_suspended },
  revoked: { tone: "danger", text: m.people_standing_revoked },
};

export function StandingBadge({ standing }: { readonly standing: Named }) {
  const { tone, text } = STANDINGS[standing];
  return <Badge tone={tone}>{text()}</Badge>;
}

type Text = (values: { name: string }) => string;
interface Words {
  readonly title: Text;
  readonly text: Text;
  readonly action: () => string;
  readonly done: Text;
}
const PERSON: Readonly<Record<Standing, Words>> = {
  active: {
    title: m.people_resume_title,
    text: m.people_resume_text,
    action: m.people_resume,
    done: m.people_resume_done,
  },
  suspended: {
    title: m.people_suspend_title,
    text: m.people_suspend_text,
    action: m.people_suspend,
    done: m.people_suspend_done,
  },
  revoked: {
    title: m.people_remove_title,
    text: m.people_remove_text,
    action: m.people_remove,
    done: m.people_remove_done,
  },
};
const DEVICE: Readonly<Record<Standing, Words>> = {
  active: {
    title: m.people_device_approve_title,
    text: m.people_device_approve_text,
    action: m.people_device_approve,
    done: m.people_device_approve_done,
  },
  suspended: {
    title: m.people_device_revoke_title,
    text: m.people_device_revoke_text,
    action: m.people_device_revoke,
    done: m.people_device_revoke_done,
  },
  revoked: {
    title: m.people_device_revoke_title,
    text: m.people_device_revoke_text,
    action: m.people_device_revoke,
    done: m.people_device_revoke_done,
  },
};

export interface StandingChange {
  readonly org: string;
  readonly of: "user" | "device";
  readonly id: string;
  readonly name: string;
  readonly state: Standing;
}

/** Says what follows before it is done, and asks why; the reason is in the statement that is signed. */
export function StandingDialog({ change, onClose }: { readonly change: StandingChange; readonly onClose: () => void }) {
  const client = useQueryClient();
  const [why, setWhy] = useState("");
  const { name, ...what } = change;
  const words = (change.of === "user" ? PERSON : DEVICE)[change.state];
  const act = useMutation({
    mutationFn: () => changeStanding({ ...what, why: why.trim() }),
    onSuccess: async (told) => {
      toast(words.done({ name }), told ? {} : { detail: m.people_releaser_waits() });
      onClose();
      await refreshPeople(client);
    },
  });
  return (
    <Confirm
      open
      danger={change.state !== "active"}
      title={words.title({ name })}
      description={words.text({ name })}
      action={words.action()}
      busy={act.isPending}
      onClose={onClose}
      onConfirm={() => act.mutate()}
    >
      <Field label={m.people_why()} hint={m.people_why_hint()}>
        <TextInput value={why} onValue={setWhy} maxLength={200} />
      </Field>
      {act.isError && <Failed error={act.error} />}
    </Confirm>
  );
}
