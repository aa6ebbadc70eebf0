import { schemas } from "@breakwater/contract";
import type { QueryClient } from "@tanstack/react-query";
import { call, end, getEngine, meQuery, noteUnlocked, sessionBegan, type Me } from "../../api/index.ts";
import { unlockWithPasskey, assertPasskey } from "../../api/passkey.ts";
import { device, type Unlock } from "../../engine/index.ts";

type SignedIn = (typeof schemas.SignedIn)["_output"];

/** One gesture signs in and unlocks: the assertion goes to the server, the PRF output to the engine. */
export async function signInWithPasskey(client: QueryClient): Promise<void> {
  const started = await call("passkeyStart", {
    method: "POST",
    body: {},
    answer: schemas.PasskeyStarted,
    anonymous: true,
  });
  const passkey = await assertPasskey(started);
  const { jwk } = await device();
  const signedIn = await call("passkeyFinish", {
    method: "POST",
    body: { response: passkey.response, device: jwk },
    answer: schemas.SignedIn,
    anonymous: true,
  });
  await begin(client, signedIn, { method: "prf", id: passkey.id, prfOutput: passkey.prfOutput });
}

export async function signInWithPassphrase(client: QueryClient, email: string, passphrase: string): Promise<void> {
  const { salt } = await call("passphraseStart", {
    method: "POST",
    body: { email },
    answer: schemas.PassphraseStarted,
    anonymous: true,
  });
  const engine = await getEngine();
  const { token } = await engine.passphraseToken({ passphrase, salt });
  const { jwk } = await device();
  const signedIn = await call("passphraseFinish", {
    method: "POST",
    body: { email, token, device: jwk },
    answer: schemas.SignedIn,
    anonymous: true,
  });
  await begin(client, signedIn, { method: "passphrase", passphrase });
}

/** On a new device, without any passkey. The words unlock the keys as well. */
export async function signInWithWords(client: QueryClient, email: string, words: string): Promise<void> {
  const engine = await getEngine();
  const { token } = await engine.recoveryToken({ words });
  const { jwk } = await device();
  const signedIn = await call("recoveryFinish", {
    method: "POST",
    body: { email, token, device: jwk },
    answer: schemas.SignedIn,
    anonymous: true,
  });
  await begin(client, signedIn, { method: "recovery", words });
}

async function begin(client: QueryClient, signedIn: SignedIn, unlock: Unlock): Promise<void> {
  const engine = await getEngine();
  const { user, wraps, identity, teamKeys } = signedIn;
  const state = await engine.unlock({ user, wraps, identity, teamKeys, unlock });
  client.clear();
  sessionBegan();
  const me = await client.fetchQuery(meQuery);
  if (!signedIn.deviceKnown) {
    await call("me", { method: "POST", body: await engine.bindDevice({ org: me.org.id }) });
    await client.invalidateQueries({ queryKey: meQuery.queryKey });
  }
  noteUnlocked(state);
}

export async function unlock(me: Me, passphrase?: string): Promise<void> {
  const engine = await getEngine();
  const { user, wraps, identity, teamKeys } = me;
  noteUnlocked(
    await engine.unlock({
      user,
      wraps,
      identity,
      teamKeys,
      unlock: passphrase === undefined ? await passkeyUnlock(me) : { method: "passphrase", passphrase },
    }),
  );
}

async function passkeyUnlock(me: Me): Promise<Unlock> {
  const ids = me.wraps.filter((wrap) => wrap.method === "prf").map((wrap) => wrap.id);
  const passkey = await unlockWithPasskey(location.hostname, ids);
  return { method: "prf", id: passkey.id, prfOutput: passkey.prfOutput };
}

/** The server forgets the session first: a page that only forgot its own side would look signed out and not be. */
export async function signOut(client: QueryClient): Promise<void> {
  await call("session", { method: "DELETE", anonymous: true });
  const engine = await getEngine();
  await engine.lock();
  client.clear();
  end("signedOut");
}
