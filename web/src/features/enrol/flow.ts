import { schemas } from "@breakwater/contract";
import { newId } from "@breakwater/wire";
import type { QueryClient } from "@tanstack/react-query";
import { call, getEngine, noteUnlocked, sessionBegan } from "../../api/index.ts";
import { createPasskey } from "../../api/passkey.ts";
import type { CreatedIdentity, EnrolStartedJson, InviteView, Unlock } from "../../engine/index.ts";

export interface Invitation {
  readonly fragment: string;
  readonly view: InviteView;
  readonly started: EnrolStartedJson;
}

export async function readInvitation(fragment: string): Promise<Invitation> {
  const engine = await getEngine();
  const view = await engine.readInvite({ fragment });
  const started = await call("enrolStart", {
    method: "POST",
    body: { token: view.token },
    answer: schemas.EnrolStarted,
    anonymous: true,
  });
  return { fragment, view, started };
}

export interface Person {
  readonly name: string;
  readonly email: string;
  readonly orgName: string;
}
export type How = { readonly method: "passkey" } | { readonly method: "passphrase"; readonly passphrase: string };

export async function enrol(
  client: QueryClient,
  invitation: Invitation,
  person: Person,
  how: How,
): Promise<CreatedIdentity> {
  const { started, fragment, view } = invitation;
  const user = newId("user");
  const engine = await getEngine();
  const founds = started.kind === "first" || started.kind === "customer";
  const passkey =
    how.method === "passkey"
      ? await createPasskey({
          challenge: started.challenge,
          rp: started.rp,
          user,
          email: person.email,
          name: person.name,
        })
      : undefined;
  const unlock: Unlock = passkey
    ? { method: "prf", id: passkey.id, prfOutput: passkey.prfOutput }
    : { method: "passphrase", passphrase: how.method === "passphrase" ? how.passphrase : "" };
  const created = await engine.createIdentity({
    fragment,
    started,
    user,
    name: person.name,
    unlock,
    ...(founds ? { orgName: person.orgName } : {}),
  });
  await call("enrolFinish", {
    method: "POST",
    anonymous: true,
    body: {
      token: view.token,
      user,
      email: person.email,
      name: person.name,
      credential: passkey
        ? { kind: "passkey", response: passkey.response }
        : { kind: "passphrase", ...created.passphrase },
      wraps: created.wraps,
      identity: created.identity,
      statements: created.statements,
      act: created.act,
    },
  });
  client.clear();
  sessionBegan();
  noteUnlocked(await engine.state());
  return created;
}
