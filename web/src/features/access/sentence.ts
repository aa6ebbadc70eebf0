import type { AccessLine } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { leafSentence } from "../cases/leaf.ts";

/** Lines that only the whole log has: a case's timeline never shows them. */
const SENTENCES: Readonly<Record<string, (values: { name: string }) => string>> = {
  "session.start": m.access_leaf_session_start,
  "session.moved": m.access_leaf_session_moved,
  "session.end": m.access_leaf_session_end,
  "auth.fail": m.access_leaf_auth_fail,
  "key.bind": m.access_leaf_key_bind,
  "key.revoke": m.access_leaf_key_revoke,
  "config.change": m.access_leaf_config_change,
  "policy.change": m.access_leaf_policy_change,
  "releaser.start": m.access_leaf_releaser_start,
  "log.heartbeat": m.access_leaf_log_heartbeat,
  "grant.deny": m.access_leaf_grant_deny,
};

export function sentence(line: AccessLine): string {
  const own = Object.hasOwn(SENTENCES, line.type) ? SENTENCES[line.type] : undefined;
  return own?.({ name: line.actor.name === "" ? line.actor.id : line.actor.name }) ?? leafSentence(line);
}
