import { PATHS, schemas } from "@breakwater/contract";
import { statementHash, type PasskeyJwk } from "@breakwater/seal";
import { cose, decodeCredentialPublicKey } from "@simplewebauthn/server/helpers";
import type { Sql } from "@breakwater/sql";
import { canonicalize, toBase64url, type Json } from "@breakwater/wire";
import { z } from "zod";
import { Problem } from "../../errors.ts";
import type { App, Session } from "../../session.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Accounts } from "./face.ts";
import { putStatement, readStatement } from "./statements.ts";
import { tables } from "./tables.ts";

export interface SignedPasskeysDeps {
  readonly sql: Sql;
  readonly ledger: Ledger;
  readonly accounts: Accounts;
  readonly now: () => number;
  readonly rp: string;
}
type Row = z.output<typeof schemas.PasskeyRow>;

/**
 * A person's own word about their passkeys (docs/protocol.md section 10): with it customers and the releaser check what a
 * passkey approved without asking this server. The page tries the key on an assertion of its own before it signs.
 */
export function passkeyRoutes(app: App, deps: SignedPasskeysDeps): void {
  const { accounts } = deps;
  const tags = ["own account"];
  app.get(PATHS.passkeys, { schema: { tags, response: { 200: schemas.Passkeys } } }, async (request) => ({
    passkeys: await passkeysOf(deps, await accounts.guard(request)),
  }));
  app.post(
    PATHS.passkeys,
    { schema: { tags, body: schemas.BindPasskey, response: { 200: z.object({}) } } },
    async (request) => {
      await bind(deps, await accounts.guard(request), request.body);
      return {};
    },
  );
}

async function passkeysOf({ sql, accounts, rp }: SignedPasskeysDeps, session: Session): Promise<Row[]> {
  const rows = await tables(sql.db)
    .selectFrom("credentials")
    .select(["id", "public_key"])
    .where("user_id", "=", session.user)
    .where("kind", "=", "passkey")
    .orderBy("created")
    .execute();
  const signed = (await accounts.trust(session.org)).passkeys(session.user);
  return rows.flatMap(({ id, public_key }) => {
    const jwk = public_key === null ? undefined : jwkOf(public_key);
    return jwk === undefined ? [] : [{ cred: id, jwk, rp, signed: signed.some(({ cred }) => cred === id) }];
  });
}

async function bind(
  deps: SignedPasskeysDeps,
  session: Session,
  input: z.output<typeof schemas.BindPasskey>,
): Promise<void> {
  const { sql, ledger, accounts, now } = deps;
  accounts.requireFresh(session);
  const statement = readStatement("passkey", input.statement);
  const { user, cred, jwk, rp } = statement.body;
  const known = (await passkeysOf(deps, session)).find((one) => one.cred === cred);
  const same = known !== undefined && canonicalize(known.jwk) === canonicalize(jwk as unknown as Json);
  if (user !== session.user || !same || rp !== deps.rp)
    throw new Problem("statement.untrusted", "The statement is not about a passkey of yours.");
  const trust = await accounts.trust(session.org, [statement]);
  if (!trust.passkeys(user).some((one) => one.cred === cred))
    throw new Problem("statement.untrusted", "The statement is not signed by your key.");
  const act = await accounts.checkAct(session, input.act, { t: "key.bind", org: session.org });
  if (act.what !== statementHash(statement))
    throw new Problem("act.invalid", "The act is about another statement than the one that was sent.");
  if (known.signed) return;
  await sql.transaction(async (tx) => {
    await putStatement(tx, statement, new Date(now()), session.org);
    await ledger.append(tx, act, session.context);
  });
}

/** COSE (RFC 9053) to the two kinds that a statement carries; undefined for others, with which nobody approves. */
function jwkOf(publicKey: Uint8Array): PasskeyJwk | undefined {
  const key = decodeCredentialPublicKey(new Uint8Array(publicKey));
  if (cose.isCOSEPublicKeyOKP(key)) {
    const x = key.get(cose.COSEKEYS.x);
    return x && { kty: "OKP", crv: "Ed25519", x: toBase64url(x) };
  }
  if (!cose.isCOSEPublicKeyEC2(key)) return undefined;
  const [x, y] = [key.get(cose.COSEKEYS.x), key.get(cose.COSEKEYS.y)];
  return x && y && { kty: "EC", crv: "P-256", x: toBase64url(x), y: toBase64url(y) };
}
