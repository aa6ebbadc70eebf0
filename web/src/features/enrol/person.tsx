import { useState } from "react";
import { m } from "../../i18n/index.ts";
import { Button, Field, Form, FormActions, TextInput } from "../../ui/index.ts";
import type { Invitation, Person } from "./flow.ts";

export interface PersonFormProps {
  readonly kind: Invitation["started"]["kind"];
  readonly person: Person;
  readonly onDone: (person: Person) => void;
}

export function PersonForm({ kind, person, onDone }: PersonFormProps) {
  const founds = kind === "first" || kind === "customer";
  const [name, setName] = useState(person.name);
  const [email, setEmail] = useState(person.email);
  const [orgName, setOrgName] = useState(person.orgName);
  const [tried, setTried] = useState(false);
  const errors = {
    name: name.trim() === "" ? m.field_needed() : undefined,
    email: /^[^\s@]+@[^\s@]+$/.test(email.trim()) ? undefined : m.field_email_invalid(),
    orgName: founds && orgName.trim() === "" ? m.field_needed() : undefined,
  };
  const shown = tried ? errors : { name: undefined, email: undefined, orgName: undefined };
  return (
    <Form
      onSubmit={() => {
        setTried(true);
        if (!Object.values(errors).some((error) => error !== undefined))
          onDone({ name: name.trim(), email: email.trim(), orgName: orgName.trim() });
      }}
    >
      {founds && (
        <Field
          label={kind === "first" ? m.enrol_desk_name() : m.enrol_org_name()}
          hint={kind === "first" ? m.enrol_desk_name_hint() : m.enrol_org_name_hint()}
          error={shown.orgName}
        >
          <TextInput value={orgName} onValue={setOrgName} maxLength={100} autoComplete="organization" autoFocus />
        </Field>
      )}
      <Field label={m.field_name()} hint={m.field_name_hint()} error={shown.name}>
        <TextInput value={name} onValue={setName} maxLength={100} autoComplete="name" autoFocus={!founds} />
      </Field>
      <Field label={m.field_email()} error={shown.email}>
        <TextInput value={email} onValue={setEmail} type="email" maxLength={254} autoComplete="email" />
      </Field>
      <FormActions>
        <Button type="submit" variant="primary">
          {m.enrol_next()}
        </Button>
      </FormActions>
    </Form>
  );
}
