import {
  isPair,
  keyId,
  makeCaseKey,
  makeTeam,
  openText,
  readSealedText,
  sealTeamKey,
  sealText,
  statementHash,
  type TeamPlace,
  type TeamWrap,
  type Trust,
  type TrustedTeam,
} from "@breakwater/seal";
import { fromBase64url, newId } from "@breakwater/wire";
import { makeAct } from "./acts.ts";
import type { EngineMethods } from "./api.ts";
import type { RotationJson, TeamChange } from "./peopleapi.ts";
import { caseSecretKey } from "./cases.ts";
import { EngineError } from "./error.ts";
import { asJson, toJson } from "./json.ts";
import type { Session } from "./session.ts";
import { trustOf } from "./trusted.ts";

type Out<M extends keyof EngineMethods> = EngineMethods[M][1];

/** A further team of the organisation; whoever makes it is usually a member too, or cannot pass its key on later. */
export async function newTeam(session: Session, input: EngineMethods["makeTeam"][0]): Promise<Out<"makeTeam">> {
  const { org, name } = input;
  const trust = await trustOf(session, input.statements);
  const place = { org, team: newId("team"), epoch: 1 };
  const created = new Date().toISOString();
  const { statement, secretKey } = await makeTeam({ ...place, name, created, signer: session.keys().sign });
  const act = await makeAct(session.who(), { t: "config.change", org, what: `team:${statementHash(statement)}` });
  const wraps = await wrapsFor(trust, input, place, secretKey);
  return { team: place.team, statement: toJson(statement), wraps, act };
}

export async function addTeamMember(
  session: Session,
  input: EngineMethods["addTeamMember"][0],
): Promise<Out<"addTeamMember">> {
  const trust = await trustOf(session, input.statements);
  const { team, secret } = await heldTeam(session, trust, input);
  const [wrap] = await wrapsFor(trust, input, team, secret);
  if (!wrap) throw new EngineError("engine.failed", "Nobody is named who could be added.");
  const what = `team-member:${team.id}:${wrap.user}`;
  return {
    wrap: { ...wrap },
    epoch: team.epoch,
    act: await makeAct(session.who(), { t: "config.change", org: input.org, what }),
  };
}

/** The team's next key, for those who stay. */
export async function rotateTeam(session: Session, input: EngineMethods["rotateTeam"][0]): Promise<Out<"rotateTeam">> {
  const trust = await trustOf(session, input.statements);
  const { team, secret: previous } = await heldTeam(session, trust, input);
  const place = { org: input.org, team: team.team, epoch: team.epoch + 1 };
  const { statement, secretKey } = await makeTeam({
    ...place,
    name: team.name,
    created: new Date().toISOString(),
    previous,
    signer: session.keys().sign,
  });
  const act = await makeAct(session.who(), { t: "team.rotate", org: input.org, what: statementHash(statement) });
  return { statement: toJson(statement), wraps: await wrapsFor(trust, input, place, secretKey), act };
}

/** A batch of a rotation. The case's newest key is read, the next one made for the teams of now, and the subject sealed to it. */
export async function rekeyCases(
  session: Session,
  { cases, statements }: RotationJson,
  signal: AbortSignal,
): Promise<Out<"rekeyCases">> {
  const trust = await trustOf(session, statements);
  const done: Out<"rekeyCases">["cases"] = [];
  for (const one of cases) {
    signal.throwIfAborted();
    const made = await nextCaseKey(session, trust, one);
    if (made) done.push(made);
  }
  return { cases: done };
}

async function nextCaseKey(
  session: Session,
  trust: Trust,
  one: RotationJson["cases"][number],
): Promise<Out<"rekeyCases">["cases"][number] | undefined> {
  const place = { org: one.org, case: one.case };
  const key = trust.caseKey(place);
  // The server says which teams; which keys they have, only signed statements say.
  const all = [...trust.teams(place.org), ...trust.teams(trust.desk.id)];
  const teams = all.filter(({ team }) => one.to.includes(team));
  if (!key || teams.length !== one.to.length) return undefined;
  const next = (epoch: number) => trust.caseKey(place, epoch)?.body;
  try {
    const previous = await caseSecretKey(session, key.body, next);
    const sealed = readSealedText(asJson(one.subject), "subject");
    const at = Number(sealed.to.slice(sealed.to.indexOf("#") + 1));
    const body = trust.caseKey(place, at)?.body ?? key.body;
    const subject = await openText("subject", sealed, place, await caseSecretKey(session, body, next));
    const { statement, secretKey } = await makeCaseKey({
      ...place,
      epoch: key.epoch + 1,
      created: new Date().toISOString(),
      teams,
      maker: session.keys().sign,
      previous,
    });
    const id = keyId(one.case, key.epoch + 1);
    await session.caseKey(id, () => Promise.resolve(secretKey));
    const publicKey = fromBase64url(statement.body.hpke);
    return {
      case: one.case,
      key: toJson(statement),
      subject: await sealText("subject", subject, place, { id, publicKey }),
      act: await makeAct(session.who(), { t: "team.rotate", ...place, what: statementHash(statement) }),
    };
  } catch (error) {
    // Somebody else holds this case's key: it waits for them.
    if (error instanceof EngineError && error.code === "engine.noKey") return undefined;
    throw error;
  }
}

async function heldTeam(
  session: Session,
  trust: Trust,
  { org, team: id }: { readonly org: string; readonly team: string },
): Promise<{ readonly team: TrustedTeam; readonly secret: Uint8Array }> {
  const team = trust.teams(org).find((one) => one.team === id);
  const secret = team && (await session.teamKey(team.id));
  if (!team || !secret || !(await isPair(team.publicKey, secret)))
    throw new EngineError(
      "engine.noKey",
      "You hold no key of this team, so you cannot pass it on. One of its members can add you.",
    );
  return { team, secret };
}

/** Only to people who chain, belong here and may act: whose key it is, no server says. */
async function wrapsFor(
  trust: Trust,
  { org, users }: Pick<TeamChange, "org" | "users">,
  place: TeamPlace,
  secretKey: Uint8Array,
): Promise<TeamWrap[]> {
  const wraps: TeamWrap[] = [];
  for (const user of users) {
    const person = trust.person(user);
    if (person?.org !== org || person.standing === "revoked")
      throw new EngineError("engine.noKey", "Somebody named here does not chain to your organisation's root.");
    wraps.push(await sealTeamKey(place, person, secretKey));
  }
  return wraps;
}
