import type { AccessLine } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";
import { PRIORITIES, priorityName, stateName, STATES } from "./names.ts";

/** A leaf as a whole sentence: languages order its pieces differently. */
const SENTENCES: Readonly<Record<string, (values: { name: string }) => string>> = {
  "case.open": m.leaf_case_open,
  "case.assign": m.leaf_case_assign,
  "case.unassign": m.leaf_case_unassign,
  "case.close": m.leaf_case_close,
  "case.message": m.leaf_case_message,
  "case.read": m.leaf_case_read,
  "case.update": m.leaf_case_update,
  "file.create": m.leaf_file_create,
  "file.finish": m.leaf_file_finish,
  "file.list": m.leaf_file_list,
  "file.meta": m.leaf_file_meta,
  "file.fetch": m.leaf_file_fetch,
  "file.delete": m.leaf_file_delete,
  "file.hold": m.life_leaf_hold,
  "file.unhold": m.life_leaf_unhold,
  "export.case": m.life_leaf_export,
  "key.release": m.leaf_key_release,
  "key.deny": m.leaf_key_deny,
  "key.shred": m.leaf_key_shred,
  "grant.request": m.leaf_grant_request,
  "grant.approve": m.leaf_grant_approve,
  "grant.deny": m.grant_leaf_deny,
  "grant.breakglass": m.grant_leaf_breakglass,
  "grant.review": m.grant_leaf_review,
  "grant.revoke": m.leaf_grant_revoke,
  "grant.expire": m.leaf_grant_expire,
  "releaser.key": m.leaf_releaser_key,
};

/** `names`: of people that a line may be about, besides the one who acted. */
export function leafSentence(line: AccessLine, names: ReadonlyMap<string, string> = new Map()): string {
  const name =
    line.actor.kind === "releaser"
      ? m.leaf_actor_releaser()
      : line.actor.kind === "server"
        ? m.leaf_actor_server()
        : line.actor.name;
  return changed(line, name, names) ?? SENTENCES[line.type]?.({ name }) ?? m.leaf_other({ name, type: line.type });
}

/** What a leaf's `what` adds to its type: the new state, who was given the case, that messages were read. */
function changed(line: AccessLine, name: string, names: ReadonlyMap<string, string>): string | undefined {
  if (line.type === "key.release" && line.file === undefined) return m.leaf_messages_read({ name });
  const what = whatOf(line);
  const user = /^user:(usr_[a-z2-7]{26})$/.exec(what)?.[1];
  if (user !== undefined) {
    const other = names.get(user) ?? user;
    return line.type === "case.assign" ? m.leaf_case_give({ name, other }) : m.leaf_case_take_from({ name, other });
  }
  if (line.type !== "case.update") return undefined;
  const state = STATES.find((one) => what === `state:${one}`);
  if (state !== undefined) return m.leaf_case_set_state({ name, value: stateName(state) });
  const priority = PRIORITIES.find((one) => what === `priority:${one}`);
  if (priority !== undefined) return m.leaf_case_set_priority({ name, value: priorityName(priority) });
  return what.startsWith("tags:") ? m.leaf_case_set_tags({ name }) : undefined;
}

function whatOf({ raw }: AccessLine): string {
  try {
    const leaf: unknown = JSON.parse(raw);
    if (typeof leaf === "object" && leaf !== null && "what" in leaf && typeof leaf.what === "string") return leaf.what;
  } catch {
    // The engine parsed it already; a line without words of its own is said by its type.
  }
  return "";
}
