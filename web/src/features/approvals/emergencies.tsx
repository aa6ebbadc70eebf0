import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { grantsQuery } from "../../api/index.ts";
import { formatDateTime, m } from "../../i18n/index.ts";
import { buttonClass, Callout } from "../../ui/index.ts";
import { may, useMe } from "../shell/who.ts";
import styles from "./approvals.module.css";

/** For everybody on the case: something of it was opened without waiting, and nobody has reviewed that yet. */
export function Emergencies({ caseId }: { readonly caseId: string }) {
  const me = useMe();
  const found = useQuery({ ...grantsQuery("emergencies"), enabled: may(me, "readGrants") });
  const rows = found.data?.grants.filter((row) => row.case.case === caseId) ?? [];
  if (rows.length === 0) return null;
  return (
    <div className={styles.banner}>
      <Callout
        tone="danger"
        title={m.grant_emergency_title()}
        actions={
          <Link to="/approvals" search={{ tab: "emergencies" }} className={buttonClass()}>
            {m.grant_emergency_link()}
          </Link>
        }
      >
        {rows.map((row) => (
          <p key={row.id}>
            {m.grant_emergency_line({ name: row.grantee.name, time: formatDateTime(new Date(row.requested)) })}
          </p>
        ))}
      </Callout>
    </div>
  );
}
