import { useQuery } from "@tanstack/react-query";
import { storageQuery } from "../../api/index.ts";
import { formatBytes, m } from "../../i18n/index.ts";
import { Panel, Progress } from "../../ui/index.ts";
import { may, useMe } from "../shell/who.ts";

/** How much of its room the own organisation uses: for its administrators. */
export function StoragePanel() {
  const me = useMe();
  const storage = useQuery({ ...storageQuery, enabled: may(me, "readStorage") });
  if (!storage.data) return null;
  const { usedBytes, quotaBytes } = storage.data;
  return (
    <Panel title={m.life_storage()}>
      <Progress
        label={m.life_storage_used()}
        value={usedBytes / quotaBytes}
        detail={m.life_storage_of({ used: formatBytes(usedBytes), quota: formatBytes(quotaBytes) })}
      />
    </Panel>
  );
}
