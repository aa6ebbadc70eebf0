import type { EngineEvent, EngineMethods, Method } from "./api.ts";
import { makeAct } from "./acts.ts";
import { makeCase, openTexts } from "./cases.ts";
import { createIdentity, deviceStatement, readInvite, wrapFor } from "./enrol.ts";
import { EngineError } from "./error.ts";
import { toJson } from "./json.ts";
import { makeInvite } from "./people.ts";
import type { Handlers } from "./rpc.ts";
import { Session } from "./session.ts";
import { trustOf, viewTrust } from "./trusted.ts";

let send: (event: EngineEvent) => void = () => undefined;
/** Where events go: to the one page that this worker serves. */
export function onEvent(listener: (event: EngineEvent) => void): void {
  send = listener;
}

const session = new Session((event) => send(event));

const done: Partial<Handlers> = {
  state: async () => session.state(),
  readInvite: ({ fragment }) => readInvite(fragment),
  createIdentity: (input) => createIdentity(session, input),
  passphraseToken: async ({ passphrase, salt }) => ({ token: (await session.stretch(passphrase, salt)).authToken }),
  unlock: (input) => session.unlock(input),
  lock: async () => {
    session.lock("asked");
    return undefined;
  },
  addUnlock: async ({ unlock }) => {
    const { identity, userKey } = session.keys();
    return wrapFor(session, identity.user, userKey, unlock);
  },
  bindDevice: async ({ org }) => {
    const { identity, sign } = session.keys();
    const statement = await deviceStatement(identity.user, sign, new Date().toISOString());
    return { statement: toJson(statement), act: await makeAct(session.who(), { t: "key.bind", org }) };
  },
  makeInvite: (input) => makeInvite(session, input),
  openTrust: async ({ statements }) => viewTrust(await trustOf(session, statements)),
  makeCase: (input) => makeCase(session, input),
  openTexts: ({ items, keys }, { signal }) => openTexts(session, items, keys, signal),
  signAct: (input) => makeAct(session.who(), input),
};
export const handlers = done as Handlers;
