import { domainHash, fromBase64url, toBase64url, utf8, type Json } from "@breakwater/wire";
import { bodyCheck, type StatementBody, type StatementType } from "./bodies.ts";
import { binary, list, read, shape, type Check } from "./check.ts";
import { ed25519Sign, ed25519Verify, signatureInput, type SigningKey } from "./ed25519.ts";
import { SealError } from "./error.ts";
import { canonical } from "./json.ts";

export interface StatementSignature {
  readonly by: string;
  readonly sig: string;
}
export interface Statement<Body extends StatementBody = StatementBody> {
  readonly body: Body;
  readonly sigs: readonly StatementSignature[];
}

/** Bytes of one statement as JSON: a case.key with wraps for 16 teams fits. */
export const MAX_STATEMENT_BYTES = 65_536;
const MAX_SIGS = 4;
const statementCheck: Check<Statement> = shape({
  body: bodyCheck,
  sigs: list(shape({ by: binary(32), sig: binary(64) }), MAX_SIGS),
});
const what = { name: "the statement", code: "statement.invalid" } as const;

/** Strict: throws statement.invalid for anything that is not exactly one of protocol 2.1's statements. Signatures are not checked here. */
export function parseStatement(value: unknown): Statement {
  return read(statementCheck, value as Json, what);
}

export function isStatement<T extends StatementType>(
  t: T,
  statement: Statement,
): statement is Statement<Extract<StatementBody, { t: T }>> {
  return statement.body.t === t;
}

/** Signs a body; the body is checked first, so that nobody signs what nobody will accept. */
export async function signStatement<Body extends StatementBody>(body: Body, key: SigningKey): Promise<Statement<Body>> {
  return addSignature({ body, sigs: [] }, key);
}

export async function addSignature<Body extends StatementBody>(
  statement: Statement<Body>,
  key: SigningKey,
): Promise<Statement<Body>> {
  read(bodyCheck, statement.body as unknown as Json, what);
  if (statement.sigs.length >= MAX_SIGS)
    throw new SealError("statement.invalid", `A statement has at most ${MAX_SIGS} signatures.`);
  const sig = await ed25519Sign(key, statementInput(statement.body));
  return { body: statement.body, sigs: [...statement.sigs, { by: toBase64url(key.publicKey), sig: toBase64url(sig) }] };
}

/** The public keys whose signatures hold; a signature that does not hold counts for nothing. */
export async function signersOf(statement: Statement): Promise<ReadonlySet<string>> {
  const input = statementInput(statement.body);
  const signers = new Set<string>();
  for (const { by, sig } of statement.sigs) {
    if (await ed25519Verify(fromBase64url(by), input, fromBase64url(sig))) signers.add(by);
  }
  return signers;
}

/** `what` of the leaf about a statement. */
export function statementHash({ body }: Statement): string {
  return toBase64url(domainHash("statement", utf8(canonical(body))));
}

function statementInput(body: StatementBody): Uint8Array {
  return signatureInput(body.t, canonical(body));
}
