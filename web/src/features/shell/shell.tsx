import { Outlet, useNavigate } from "@tanstack/react-router";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useState } from "react";
import { followNews, useEngineState } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Dialog, IconButton, Mark, useMedia } from "../../ui/index.ts";
import { UnlockPage } from "../signin/unlock.tsx";
import { FreshDialog } from "./fresh.tsx";
import { useRotation } from "../people/rotation.tsx";
import { useTeamKeys } from "./teamkeys.ts";
import { KeysHelp } from "./keyshelp.tsx";
import { Nav } from "./nav.tsx";
import { WaitingPage } from "./waiting.tsx";
import { UserMenu } from "./usermenu.tsx";
import { useShellKeys } from "./keys.ts";
import { may, useMe } from "./who.ts";
import styles from "./shell.module.css";

/** What surrounds every page of a signed-in person. While the keys are locked nothing decrypted stays on the screen. */
export function Shell() {
  const me = useMe();
  const engine = useEngineState();
  if (me.devicePending) return <WaitingPage />;
  if (engine === undefined || engine.user !== me.user) return <UnlockPage me={me} />;
  return <OpenShell />;
}

function OpenShell() {
  const me = useMe();
  const client = useQueryClient();
  const navigate = useNavigate();
  const narrow = useMedia("(max-width: 56rem)");
  const [drawer, setDrawer] = useState(false);
  const [help, setHelp] = useState(false);
  const onHelp = useCallback(() => setHelp(true), []);
  const newCase = useCallback(() => void navigate({ to: "/cases/new" }), [navigate]);
  useShellKeys({ onHelp, onNew: may(me, "openCase") ? newCase : undefined });
  useEffect(() => followNews(client), [client]);
  useTeamKeys(me);
  useRotation();

  const brand = (
    <span className={styles.brand}>
      <Mark />
      <span className={styles.org}>
        <span className={styles.orgName}>{me.org.name}</span>
        <span className={styles.orgKind}>{me.org.kind === "desk" ? m.org_desk() : m.org_customer()}</span>
      </span>
    </span>
  );
  return (
    <div className={styles.shell}>
      <a className={styles.skip} href="#content">
        {m.shell_skip()}
      </a>
      {narrow ? (
        <header className={styles.bar}>
          {brand}
          <IconButton icon="menu" label={m.shell_menu()} onClick={() => setDrawer(true)} />
          <Dialog open={drawer} onClose={() => setDrawer(false)} title={me.org.name} size="sm">
            <div className={styles.drawer}>
              <Nav onNavigate={() => setDrawer(false)} />
              <UserMenu me={me} onKeys={onHelp} />
            </div>
          </Dialog>
        </header>
      ) : (
        <div className={styles.side}>
          {brand}
          <Nav />
          <div className={styles.sideEnd}>
            <UserMenu me={me} onKeys={onHelp} />
          </div>
        </div>
      )}
      <main id="content" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
      <FreshDialog />
      <KeysHelp open={help} onClose={() => setHelp(false)} />
    </div>
  );
}
