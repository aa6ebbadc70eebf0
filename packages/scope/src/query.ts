import { CodedError, isId } from "@breakwater/wire";

/** What is not known about somebody is undefined: the log names people by id only. */
export interface Directory {
  vendorOf(user: string): string | undefined;
}

/**
 * Whose acts, and when. Several values of one member mean any of them; several members mean all of them. Times are
 * milliseconds since 1970; `to` is exclusive.
 */
export interface ScopeQuery {
  readonly people: readonly string[];
  readonly devices: readonly string[];
  /** Hashes of session ids, as leaves carry them in `ses`. */
  readonly sessions: readonly string[];
  readonly vendors: readonly string[];
  /** As leaves carry them in `net.pfx`: "192.0.2.0/24", "2001:db8:1::/48". */
  readonly networks: readonly string[];
  readonly from: number;
  readonly to: number;
}

export class ScopeError extends CodedError<"scope.query"> {}

const MAX_VALUES = 1000;
const PREFIX = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.0\/24|[0-9a-f]{1,4}(:[0-9a-f]{1,4}){2}::\/48)$/;

/** Throws scope.query: the sentence names the member. A query that names nobody would name everybody, so it is refused. */
export function parseQuery(query: ScopeQuery): ScopeQuery {
  all("person", query.people, (text) => isId("user", text));
  all("device", query.devices, (text) => isId("device", text));
  all("session", query.sessions, (text) => /^[A-Za-z0-9_-]{43}$/.test(text));
  all("vendor", query.vendors, (text) => /^ven_[a-z2-7]{26}$/.test(text));
  all("network", query.networks, (text) => PREFIX.test(text));
  const { people, devices, sessions, vendors, networks, from, to } = query;
  if ([people, devices, sessions, vendors, networks].every((list) => list.length === 0)) {
    throw new ScopeError(
      "scope.query",
      "Name whose access is in question: a person, device, session, vendor or network.",
    );
  }
  if (!(Number.isFinite(from) && Number.isFinite(to) && from < to))
    throw new ScopeError("scope.query", "The time window must begin before it ends.");
  return query;
}

function all(name: string, values: readonly string[], fits: (text: string) => boolean): void {
  if (values.length > MAX_VALUES)
    throw new ScopeError("scope.query", `At most ${MAX_VALUES} values of ${name} are looked for at once.`);
  const wrong = values.find((text) => !fits(text));
  if (wrong !== undefined)
    throw new ScopeError("scope.query", `"${wrong.slice(0, 60)}" is not a ${name} as the log names one.`);
}
