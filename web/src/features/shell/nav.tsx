import type { Action } from "@breakwater/contract";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { grantsQuery } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Hidden, Icon, Kbd, type IconName } from "../../ui/index.ts";
import { may, useMe } from "./who.ts";
import styles from "./shell.module.css";

type Target = "/" | "/cases" | "/approvals" | "/policy" | "/access" | "/people";

export interface NavItem {
  readonly to: Target;
  readonly icon: IconName;
  readonly label: () => string;
  /** After "g". */
  readonly key: string;
  /** Shown to those who may. */
  readonly action?: Action;
}

export const NAV: readonly NavItem[] = [
  { to: "/", icon: "home", label: m.nav_home, key: "h" },
  { to: "/cases", icon: "cases", label: m.nav_cases, key: "c" },
  { to: "/approvals", icon: "key", label: m.nav_approvals, key: "w" },
  { to: "/access", icon: "access", label: m.nav_access, key: "a" },
  { to: "/policy", icon: "filter", label: m.nav_policy, key: "r", action: "readPolicy" },
  { to: "/people", icon: "people", label: m.nav_people, key: "p" },
];

export function Nav({ onNavigate }: { readonly onNavigate?: () => void }) {
  const me = useMe();
  return (
    <nav className={styles.nav} aria-label={m.nav_label()}>
      {NAV.filter(({ action }) => action === undefined || may(me, action)).map((item) => (
        <Link
          key={item.to}
          to={item.to}
          className={styles.navItem}
          activeProps={{ className: styles.navActive ?? "", "aria-current": "page" }}
          activeOptions={{ exact: item.to === "/", includeSearch: false }}
          onClick={onNavigate}
        >
          <Icon name={item.icon} />
          <span className={styles.navLabel}>{item.label()}</span>
          {item.to === "/approvals" && <Waiting />}
          <span className={styles.navKeys} aria-hidden="true">
            <Kbd>g</Kbd>
            <Kbd>{item.key}</Kbd>
          </span>
        </Link>
      ))}
    </nav>
  );
}

/** How many requests wait for the reader's answer: they should not have to look. */
function Waiting() {
  const me = useMe();
  const { data } = useQuery({ ...grantsQuery("waiting"), enabled: may(me, "decideGrant") });
  const count = data?.grants.length ?? 0;
  if (count === 0) return null;
  return (
    <span className={styles.navCount}>
      <span aria-hidden="true">{formatNumber(count)}</span>
      <Hidden>{m.nav_waiting({ count: formatNumber(count) })}</Hidden>
    </span>
  );
}
