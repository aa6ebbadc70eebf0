import { useState } from "react";
import type { CaseView, FileRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { IconButton, Menu, MenuItem } from "../../ui/index.ts";
import { may, useMe } from "../shell/who.ts";
import { DeleteDialog, HoldDialog } from "./dialogs.tsx";

/** What an administrator may do with one file. */
export function FileMenu({ file, view }: { readonly file: FileRow; readonly view: CaseView }) {
  const me = useMe();
  const [asked, setAsked] = useState<"hold" | "delete">();
  const close = (): void => setAsked(undefined);
  const there = file.state === "sealed" && file.deleted === null && view.case.shredded === null;
  if (!there || !may(me, "holdCase")) return null;
  const held = file.held || view.case.held;
  return (
    <>
      <Menu trigger={<IconButton icon="more" label={m.life_file_menu()} size="sm" />}>
        <MenuItem icon="lock" onSelect={() => setAsked("hold")}>
          {file.held ? m.life_unhold() : m.life_hold()}
        </MenuItem>
        <MenuItem icon="close" danger disabled={held} onSelect={() => setAsked("delete")}>
          {m.life_delete()}
        </MenuItem>
      </Menu>
      <HoldDialog open={asked === "hold"} onClose={close} view={view} held={file.held} file={file.file} />
      <DeleteDialog open={asked === "delete"} onClose={close} view={view} file={file} />
    </>
  );
}
