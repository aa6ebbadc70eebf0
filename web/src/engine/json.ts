import { parseStatement, type Statement, type StatementBody } from "@breakwater/seal";
import type { Json } from "@breakwater/wire";
import type { StatementJson } from "./api.ts";

/** Our own checked statement as the plain JSON that the server is sent. */
export function toJson(statement: Statement): StatementJson {
  return { body: { ...statement.body }, sigs: statement.sigs.map(({ by, sig }) => ({ by, sig })) };
}

/** What came over HTTP or a port was JSON; the strict readers of packages/seal check everything about it. */
export function asJson(value: unknown): Json {
  return value as Json;
}

export function statementOf<T extends StatementBody["t"]>(
  t: T,
  value: unknown,
): Statement<Extract<StatementBody, { t: T }>> | undefined {
  const statement = parseStatement(value);
  return statement.body.t === t ? (statement as Statement<Extract<StatementBody, { t: T }>>) : undefined;
}
