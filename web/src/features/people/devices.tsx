import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call } from "../../api/index.ts";
import { devicesQuery, type DeviceRow, type Whose } from "../../api/people.ts";
import { m } from "../../i18n/index.ts";
import {
  Badge,
  Button,
  Dialog,
  DialogActions,
  EmptyState,
  Field,
  Form,
  IconButton,
  Menu,
  MenuItem,
  TextInput,
  Time,
  type Column,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { useMe } from "../shell/who.ts";
import { agentName } from "./agent.ts";
import { refreshPeople } from "./change.ts";
import { Listed } from "./listed.tsx";
import { StandingBadge, StandingDialog } from "./standing.tsx";
import styles from "./people.module.css";

const NAME: Column<DeviceRow> = {
  id: "name",
  header: m.people_device,
  width: "minmax(0, 1.4fr)",
  sort: (row) => deviceName(row),
  cell: (row, narrow) => (
    <span className={styles.name}>
      {deviceName(row)}
      {row.current && <Badge>{m.people_this_browser()}</Badge>}
      {row.managed === true && <Badge tone="ok">{m.people_managed()}</Badge>}
      <span className={styles.second}>
        {narrow ? row.personName : row.name === "" ? <Enrolled at={row.created} /> : agentName(row.agent)}
      </span>
    </span>
  ),
};
const PERSON: Column<DeviceRow> = {
  id: "person",
  header: m.people_name,
  width: "minmax(0, 1fr)",
  wideOnly: true,
  sort: (row) => row.personName,
  cell: (row) => row.personName,
};
const REST: readonly Column<DeviceRow>[] = [
  {
    id: "standing",
    header: m.people_standing,
    width: "7.5rem",
    sort: (row) => row.standing,
    cell: (row) => <StandingBadge standing={row.standing} />,
  },
  {
    id: "seen",
    header: m.people_seen,
    width: "8rem",
    align: "end",
    wideOnly: true,
    sort: (row) => row.seen ?? "",
    cell: (row) => (row.seen === null ? "" : <Time at={row.seen} relative />),
  },
  { id: "act", header: m.ui_actions, width: "5.5rem", align: "end", cell: (row) => <DeviceMenu device={row} /> },
];
const OF_ONE = [NAME, ...REST];
const OF_ALL = [NAME, PERSON, ...REST];
const NONE: readonly DeviceRow[] = [];

export function Devices({ whose, framed = true }: { readonly whose: Whose; readonly framed?: boolean }) {
  const devices = useQuery(devicesQuery(whose));
  return (
    <Listed
      of={devices}
      framed={framed}
      label={m.people_tab_devices()}
      rows={devices.data?.devices ?? NONE}
      rowKey={(row) => row.device}
      columns={"all" in whose ? OF_ALL : OF_ONE}
      rowHeight={52}
      empty={
        <EmptyState icon="screen" title={m.people_devices_empty()}>
          {m.people_devices_empty_text()}
        </EmptyState>
      }
    />
  );
}

function Enrolled({ at }: { readonly at: string }) {
  return (
    <>
      {m.people_enrolled()} <Time at={at} relative />
    </>
  );
}

export function deviceName({ name, agent }: Pick<DeviceRow, "name" | "agent">): string {
  return name !== "" ? name : agentName(agent) || m.people_device_unnamed();
}

function DeviceMenu({ device }: { readonly device: DeviceRow }) {
  const me = useMe();
  const [asking, setAsking] = useState<"name" | "active" | "revoked">();
  const close = (): void => setAsking(undefined);
  if (device.standing === "revoked") return null;
  const label = m.people_device_acts({ name: deviceName(device) });
  return (
    <>
      <Menu trigger={<IconButton icon="more" label={label} size="sm" />} align="end">
        <MenuItem onSelect={() => setAsking("name")}>{m.people_device_rename()}</MenuItem>
        {(device.standing === "pending" || device.standing === "suspended") && !device.current && (
          <MenuItem icon="check" onSelect={() => setAsking("active")}>
            {m.people_device_approve()}
          </MenuItem>
        )}
        <MenuItem icon="close" danger onSelect={() => setAsking("revoked")}>
          {m.people_device_revoke()}
        </MenuItem>
      </Menu>
      {asking === "name" && <RenameDialog device={device} onClose={close} />}
      {asking !== undefined && asking !== "name" && (
        <StandingDialog
          change={{ org: me.org.id, of: "device", id: device.device, name: deviceName(device), state: asking }}
          onClose={close}
        />
      )}
    </>
  );
}

function RenameDialog({ device, onClose }: { readonly device: DeviceRow; readonly onClose: () => void }) {
  const client = useQueryClient();
  const [name, setName] = useState(device.name);
  const save = useMutation({
    mutationFn: () =>
      call("deviceOne", { method: "PUT", params: { device: device.device }, body: { name: name.trim() } }),
    onSuccess: async () => {
      onClose();
      await refreshPeople(client);
    },
  });
  return (
    <Dialog open onClose={onClose} title={m.people_device_rename()} size="sm">
      <Form onSubmit={() => name.trim() !== "" && save.mutate()}>
        <Field label={m.people_device_name()}>
          <TextInput value={name} onValue={setName} maxLength={60} autoFocus />
        </Field>
        {save.isError && <Failed error={save.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={save.isPending}>
            {m.people_save()}
          </Button>
        </DialogActions>
      </Form>
    </Dialog>
  );
}
