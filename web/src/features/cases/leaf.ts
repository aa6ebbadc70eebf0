import type { AccessLine } from "../../engine/index.ts";
import { m } from "../../i18n/index.ts";

/** A leaf as a whole sentence: languages order its pieces differently. */
const SENTENCES: Readonly<Record<string, (values: { name: string }) => string>> = {
  "case.open": m.leaf_case_open,
  "case.assign": m.leaf_case_assign,
  "case.unassign": m.leaf_case_unassign,
  "case.close": m.leaf_case_close,
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
  "grant.revoke": m.leaf_grant_revoke,
  "grant.expire": m.leaf_grant_expire,
  "releaser.key": m.leaf_releaser_key,
};

export function leafSentence(line: AccessLine): string {
  const name =
    line.actor.kind === "releaser"
      ? m.leaf_actor_releaser()
      : line.actor.kind === "server"
        ? m.leaf_actor_server()
        : line.actor.name;
  return SENTENCES[line.type]?.({ name }) ?? m.leaf_other({ name, type: line.type });
}
