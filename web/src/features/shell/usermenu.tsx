import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lockEngine, type Me } from "../../api/index.ts";
import { toastError } from "./toasterror.ts";
import { signOut } from "../signin/flow.ts";
import { m } from "../../i18n/index.ts";
import { Icon, Menu, MenuItem, MenuSeparator } from "../../ui/index.ts";
import { PreferenceChoices } from "./preferences.tsx";
import { roleName } from "./names.ts";
import styles from "./shell.module.css";

export function UserMenu({ me, onKeys }: { readonly me: Me; readonly onKeys: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={styles.user}>
          <span className={styles.avatar} aria-hidden="true">
            {initials(me.name)}
          </span>
          <span className={styles.userText}>
            <span className={styles.userName}>{me.name}</span>
            <span className={styles.userRole}>{roleName(me.org.kind, me.role)}</span>
          </span>
          <Icon name="chevronDown" />
        </button>
      }
    >
      <PreferenceChoices />
      <MenuSeparator />
      <MenuItem icon="keyboard" onSelect={onKeys}>
        {m.keys_title()}
      </MenuItem>
      <MenuItem icon="key" onSelect={() => void navigate({ to: "/keys" })}>
        {m.recovery_page()}
      </MenuItem>
      <MenuItem icon="lock" onSelect={() => void lockEngine().catch(toastError)}>
        {m.shell_lock()}
      </MenuItem>
      <MenuItem
        icon="signOut"
        onSelect={() => {
          signOut(client)
            .then(() => navigate({ to: "/sign-in" }))
            .catch(toastError);
        }}
      >
        {m.shell_sign_out()}
      </MenuItem>
    </Menu>
  );
}

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  const letters = [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) =>
    word === undefined ? "" : ([...word][0] ?? ""),
  );
  return letters.join("").toUpperCase();
}
