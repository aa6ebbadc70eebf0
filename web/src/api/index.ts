export { withFresh } from "./fresh.ts";
export { readAccess } from "./access.ts";
export { call, proof, readProblem, send, urlOf } from "./client.ts";
export { getEngine, isUnlocked, lockEngine, noteUnlocked, useEngineState, whyLocked } from "./engine.ts";
export { ApiError, isApiError } from "./error.ts";
export { explain, useExplain } from "./explain.ts";
export { followNews } from "./news.ts";
export {
  caseQuery,
  casesQuery,
  customersQuery,
  grantsQuery,
  invitesQuery,
  messagesQuery,
  lifeQuery,
  meQuery,
  peopleQuery,
  policyQuery,
  queuesQuery,
  settingsQuery,
  statusQuery,
  storageQuery,
  trustQuery,
  type CaseRow,
  type CaseView,
  type CustomerRow,
  type FileRow,
  type GrantRow,
  type InviteRow,
  type LifeOrder,
  type Me,
  type MessageRow,
  type PersonRow,
  type StatementRow,
} from "./queries.ts";
export { end, maybeSignedIn, onSessionEnd, sessionBegan, useEndReason, type EndReason } from "./session.ts";
