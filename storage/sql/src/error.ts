import { CodedError } from "@breakwater/wire";

export type SqlErrorCode =
  /** A row with this key exists. */
  | "sql.duplicate"
  /** A row that this one names does not exist, or is still named by another. */
  | "sql.reference"
  /** The engine asks for the transaction to be tried again. */
  | "sql.conflict"
  /** A transaction asked for a second connection; with one connection that would wait for itself for ever. */
  | "sql.nested"
  /** Another process holds the data directory. */
  | "sql.inUse"
  | "sql.readOnly"
  | "sql.full"
  /** The engine cannot be reached, or stopped. */
  | "sql.unavailable"
  /** The server is too old. */
  | "sql.version"
  /** An applied migration differs from the one in the sources. */
  | "sql.migration"
  | "sql.failed";

/** Every failure of either engine. `state` is PostgreSQL's SQLSTATE where the engine gave one; values never appear in the message. */
export class SqlError extends CodedError<SqlErrorCode> {
  readonly state: string | null;
  readonly constraint: string | null;
  constructor(
    code: SqlErrorCode,
    message: string,
    options: ErrorOptions & { readonly state?: string | null; readonly constraint?: string | null } = {},
  ) {
    super(code, message, options);
    this.state = options.state ?? null;
    this.constraint = options.constraint ?? null;
  }
}

export function isDuplicate(error: unknown): error is SqlError {
  return error instanceof SqlError && error.code === "sql.duplicate";
}

/** What both engines tell about an error, read from pg's DatabaseError or carried over from the PGlite worker. */
export interface EngineFault {
  readonly message: string;
  readonly state: string | null;
  readonly constraint: string | null;
}

export function readFault(error: unknown): EngineFault {
  const fault: { message?: unknown; code?: unknown; constraint?: unknown } =
    typeof error === "object" && error !== null ? error : {};
  return {
    message:
      typeof fault.message === "string"
        ? (fault.message.split("\n", 1)[0] ?? "").slice(0, 300)
        : "The engine gave no reason.",
    state: typeof fault.code === "string" ? fault.code : null,
    constraint: typeof fault.constraint === "string" ? fault.constraint : null,
  };
}

/** PostgreSQL, appendix A: the first two characters of a SQLSTATE are its class. */
export function sqlError(fault: EngineFault): SqlError {
  const { state, constraint, message } = fault;
  const more = { state, constraint };
  if (state === "23505")
    return new SqlError("sql.duplicate", `A row with this key exists already (${constraint ?? "unique"}).`, more);
  if (state === "23503")
    return new SqlError(
      "sql.reference",
      `A row that this one needs is missing, or is still needed (${constraint ?? "foreign key"}).`,
      more,
    );
  if (state === "40001" || state === "40P01")
    return new SqlError("sql.conflict", "Another transaction changed the same rows. Try again.", more);
  if (state === "53100" || /no space left/i.test(message))
    return new SqlError("sql.full", "The disk with the database is full. Make room and try again.", more);
  if (state === "25006" || /read-only file system|permission denied for/i.test(message))
    return new SqlError("sql.readOnly", `The database cannot be written: ${message}`, more);
  if (state?.startsWith("08") || state?.startsWith("57P") || state === "53300" || /^E[A-Z]+$/.test(state ?? "")) {
    return new SqlError("sql.unavailable", `The database cannot be reached: ${message}`, more);
  }
  // PostgreSQL, appendix A, class 22 ("data exception"): these messages quote the value.
  if (state?.startsWith("22")) return new SqlError("sql.failed", `The database refused a value (${state}).`, more);
  return new SqlError("sql.failed", `The database refused a statement: ${message}`, more);
}
