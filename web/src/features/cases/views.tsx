import { newId } from "@breakwater/wire";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { call, queuesQuery } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import {
  Button,
  Checkbox,
  Dialog,
  DialogActions,
  Field,
  Form,
  IconButton,
  Menu,
  MenuItem,
  MenuSeparator,
  TextInput,
} from "../../ui/index.ts";
import { Failed } from "../shell/failed.tsx";
import { may, useMe } from "../shell/who.ts";
import { CasesSearch } from "./filters.ts";
import styles from "./cases.module.css";

interface ViewsProps {
  readonly search: CasesSearch;
  readonly onSearch: (search: CasesSearch) => void;
}

/** Queues that are always there, and those that somebody kept. */
export function Views({ search, onSearch }: ViewsProps) {
  const me = useMe();
  const kept = useQuery(queuesQuery);
  const [keeping, setKeeping] = useState(false);
  const desk = me.org.kind === "desk";
  const ready: readonly (readonly [string, CasesSearch])[] = [
    [m.queue_view_all(), {}],
    [m.queue_view_mine(), { mine: true }],
    [m.queue_view_unread(), { unread: true }],
    ...(desk
      ? ([
          [m.queue_view_nobody(), { assignee: "none", sort: "waiting" }],
          [m.queue_view_longest(), { state: "waiting-desk", sort: "waiting" }],
          [m.queue_view_urgent(), { priority: "urgent" }],
        ] as const)
      : []),
  ];
  const views = kept.data?.views ?? [];
  return (
    <>
      <Menu
        align="start"
        trigger={
          <Button size="sm" icon="cases">
            {m.queue_views()}
          </Button>
        }
      >
        {ready.map(([name, to]) => (
          <MenuItem key={name} onSelect={() => onSearch(to)}>
            {name}
          </MenuItem>
        ))}
        {views.length > 0 && <MenuSeparator />}
        {views.map((view) => (
          <MenuItem
            key={view.view}
            icon={view.shared ? "people" : "user"}
            onSelect={() => onSearch(readQuery(view.query))}
          >
            {view.name}
          </MenuItem>
        ))}
        <MenuSeparator />
        <MenuItem icon="plus" onSelect={() => setKeeping(true)}>
          {m.queue_keep()}
        </MenuItem>
      </Menu>
      {keeping && <Keep search={search} onClose={() => setKeeping(false)} />}
    </>
  );
}

function Keep({ search, onClose }: { readonly search: CasesSearch; readonly onClose: () => void }) {
  const me = useMe();
  const client = useQueryClient();
  const kept = useQuery(queuesQuery);
  const [name, setName] = useState("");
  const [shared, setShared] = useState(false);
  const done = () => client.invalidateQueries({ queryKey: ["queues"] });
  const keep = useMutation({
    mutationFn: () =>
      call("caseViews", {
        method: "POST",
        body: { view: newId("view"), name: name.trim(), query: JSON.stringify(search), shared },
      }),
    onSuccess: async () => {
      await done();
      onClose();
    },
  });
  const drop = useMutation({
    mutationFn: (view: string) => call("caseView", { method: "DELETE", params: { view } }),
    onSuccess: done,
  });
  const shares = may(me, "shareViews");
  const mine = (kept.data?.views ?? []).filter((view) => view.own || (view.shared && shares));
  return (
    <Dialog open onClose={onClose} title={m.queue_keep()} description={m.queue_keep_text()} size="sm">
      <Form onSubmit={() => name.trim() !== "" && keep.mutate()}>
        <Field label={m.queue_name()}>
          <TextInput value={name} onValue={setName} maxLength={60} autoFocus />
        </Field>
        {shares && <Checkbox checked={shared} onChecked={setShared} label={m.queue_share()} />}
        {keep.isError && <Failed error={keep.error} />}
        <DialogActions>
          <Button onClick={onClose}>{m.ui_cancel()}</Button>
          <Button type="submit" variant="primary" busy={keep.isPending} disabled={name.trim() === ""}>
            {m.queue_keep_do()}
          </Button>
        </DialogActions>
      </Form>
      {mine.length > 0 && (
        <ul className={styles.kept} aria-label={m.queue_kept()}>
          {mine.map((view) => (
            <li key={view.view} className={styles.person}>
              {view.name}
              <IconButton
                icon="close"
                size="sm"
                label={m.queue_drop({ name: view.name })}
                onClick={() => drop.mutate(view.view)}
              />
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}

/** Kept as the page wrote it; what a newer page does not know is left out. */
function readQuery(text: string): CasesSearch {
  try {
    return CasesSearch.parse(JSON.parse(text));
  } catch {
    return {};
  }
}
