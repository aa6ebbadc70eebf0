import { signStatement, statementHash, type RoleBody, type StandingBody } from "@breakwater/seal";
import { makeAct } from "./acts.ts";
import type { EngineMethods } from "./api.ts";
import type { SignedChange } from "./peopleapi.ts";
import { toJson } from "./json.ts";
import type { Session } from "./session.ts";

/** Protocol 10: suspends, resumes or removes by the person's own signature; the act names the statement. */
export async function signStanding(
  session: Session,
  { org, of, id, state, why }: EngineMethods["signStanding"][0],
): Promise<SignedChange> {
  const { sign } = session.keys();
  const created = new Date().toISOString();
  const body: StandingBody = { v: 1, t: "standing", created, org, of, id, state, why };
  const statement = await signStatement(body, sign);
  const t = state === "active" ? "key.bind" : "key.revoke";
  return {
    statement: toJson(statement),
    act: await makeAct(session.who(), { t, org, what: statementHash(statement) }),
  };
}

export async function signRole(
  session: Session,
  { org, user, role }: EngineMethods["signRole"][0],
): Promise<SignedChange> {
  const { sign } = session.keys();
  const body: RoleBody = { v: 1, t: "role", created: new Date().toISOString(), org, user, role };
  const statement = await signStatement(body, sign);
  const what = `role:${statementHash(statement)}`;
  return { statement: toJson(statement), act: await makeAct(session.who(), { t: "config.change", org, what }) };
}
