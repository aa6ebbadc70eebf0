import { recoveryKeys } from "@breakwater/seal";
import type { EngineEvent } from "./api.ts";
import { seenSize, verifyAccess } from "./access.ts";
import { makeAct } from "./acts.ts";
import { bindPasskey, finishApproval, makeSettings, prepareApproval } from "./approvals.ts";
import { makeCase, openTexts } from "./cases.ts";
import { readDraft, writeDraft } from "./drafts.ts";
import { createIdentity, deviceStatement, readInvite, wrapFor } from "./enrol.ts";
import { sweepSanitised } from "./files.ts";
import { toJson } from "./json.ts";
import { exportKeys } from "./exporting.ts";
import { signWithReason, verifyOrder } from "./orders.ts";
import { dropReadings, openMessages, prepareMessages, sealMessage } from "./messages.ts";
import { dropOther, fileKind, otherOf, sanitiseOther, takeRaw } from "./others.ts";
import { makeInvite } from "./people.ts";
import { forgetRecovery, newRecovery, putRecovery } from "./recovery.ts";
import { recoverySecret } from "./words.ts";
import { viewReceipt } from "./receipts.ts";
import {
  checkPart,
  decryptPart,
  dropAllReleases,
  dropRelease,
  makeGrant,
  openRelease,
  prepareRelease,
} from "./release.ts";
import type { Handlers } from "./rpc.ts";
import { dropSanitised, keepValue, sanitiseFile, workOf } from "./sanitiser.ts";
import { forgetUpload, pendingUploads, sealedPart, sealFile } from "./sealing.ts";
import { Session } from "./session.ts";
import { signRole, signStanding } from "./standing.ts";
import { addTeamMember, newTeam, rekeyCases, rotateTeam } from "./teams.ts";
import { trustOf, viewTrust } from "./trusted.ts";

let send: (event: EngineEvent) => void = () => undefined;
/** Where events go: to the one page that this worker serves. */
export function onEvent(listener: (event: EngineEvent) => void): void {
  send = listener;
}

const session = new Session((event) => {
  if (event.type === "locked") {
    dropAllReleases();
    forgetRecovery();
    dropReadings();
  }
  send(event);
});
// What a page left behind that was closed in the middle of a preview. That it fails is no reason not to start.
void sweepSanitised().catch(() => undefined);

export const handlers: Handlers = {
  state: async () => session.state(),
  readInvite: ({ fragment }) => readInvite(fragment),
  createIdentity: (input) => createIdentity(session, input),
  passphraseToken: async ({ passphrase, salt }) => ({ token: (await session.stretch(passphrase, salt)).authToken }),
  unlock: (input) => session.unlock(input),
  holdTeams: async ({ teamKeys }) => {
    session.holdTeams(teamKeys);
    return undefined;
  },
  signStanding: (input) => signStanding(session, input),
  signRole: (input) => signRole(session, input),
  makeTeam: (input) => newTeam(session, input),
  addTeamMember: (input) => addTeamMember(session, input),
  rotateTeam: (input) => rotateTeam(session, input),
  rekeyCases: (input, { signal }) => rekeyCases(session, input, signal),
  lock: async () => {
    session.lock("asked");
    return undefined;
  },
  addUnlock: async ({ unlock }) => {
    const { identity, userKey } = session.keys();
    return wrapFor(session, identity.user, userKey, unlock);
  },
  newRecovery: (input) => newRecovery(session, input),
  putRecovery: (input) => putRecovery(session, input),
  recoveryToken: async ({ words }) => ({ token: recoveryKeys(await recoverySecret(words)).authToken }),
  bindDevice: async ({ org }) => {
    const { identity, sign } = session.keys();
    const statement = await deviceStatement(identity.user, sign, new Date().toISOString());
    return { statement: toJson(statement), act: await makeAct(session.who(), { t: "key.bind", org }) };
  },
  makeInvite: (input) => makeInvite(session, input),
  openTrust: async ({ statements }) => viewTrust(await trustOf(session, statements)),
  makeCase: (input) => makeCase(session, input),
  openTexts: ({ items, keys }, { signal }) => openTexts(session, items, keys, signal),
  sealMessage: (input) => sealMessage(session, input),
  prepareMessages: (input) => prepareMessages(session, input),
  openMessages: (input) => openMessages(session, input),
  readDraft: (input) => readDraft(session, input.case),
  writeDraft: async ({ case: caseId, draft }) => {
    await writeDraft(session, caseId, draft);
    return undefined;
  },
  signAct: (input) => signWithReason(session, input),
  verifyOrder: (input) => verifyOrder(session, input),

  sanitise: ({ file, mode }, context) => sanitiseFile(file, mode ?? "support", context),
  keepValue: ({ handle, ...change }, context) => keepValue(handle, change, context),
  searchEntries: ({ handle, query }, context) => workOf(handle).search(query, context),
  sanitiserFile: ({ handle, what }) => workOf(handle).file(what),
  previewEntry: ({ handle, index }, { signal }) => workOf(handle).entry(index, signal),
  seal: (input, context) => sealFile(session, input, context),
  fileKind: ({ file }) => fileKind(file),
  sanitiseText: ({ file, mode = "support" }, context) => sanitiseOther(file, mode, context),
  takeRaw: async ({ file, confirmed }) => takeRaw(file, confirmed),
  dropSanitised: async ({ handle }) => {
    if (otherOf(handle)) await dropOther(handle);
    else await dropSanitised(handle);
    return undefined;
  },
  pendingUploads: ({ case: caseId }) => pendingUploads(caseId),
  sealedPart: ({ file, part }) => sealedPart(file, part),
  forgetUpload: async ({ file }) => {
    await forgetUpload(file);
    return undefined;
  },
  verifyReceipt: ({ receipt }) => viewReceipt(session, receipt),

  makeGrant: (input) => makeGrant(session, input),
  prepareApproval: (input) => prepareApproval(session, input),
  finishApproval: (input) => finishApproval(session, input),
  bindPasskey: (input) => bindPasskey(session, input),
  makeSettings: (input) => makeSettings(session, input),
  prepareRelease: (input) => prepareRelease(session, input),
  openRelease: (input) => openRelease(session, input),
  decryptPart: (input, context) => decryptPart(input, context),
  checkPart: (input, context) => checkPart(input, context),
  exportKeys: (input) => exportKeys(input),
  dropRelease: async ({ handle }) => {
    dropRelease(handle);
    return undefined;
  },
  seenSize: ({ org }) => seenSize(session, org),
  verifyAccess: (input) => verifyAccess(session, input),
};
