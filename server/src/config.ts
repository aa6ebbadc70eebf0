import { isIP } from "node:net";
import { resolve } from "node:path";
import { CodedError } from "@breakwater/wire";

export class ConfigError extends CodedError<"config.invalid"> {}

/** What the environment may say. This is its only reader; docs/guides/production.md tells people the same. */
export interface Config {
  /** Where browsers reach the server; passkeys are bound to its host. Without a trailing slash. */
  readonly url: URL;
  /** The address and port to listen on. Loopback unless the operator says otherwise. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDirectory: string;
  /** PostgreSQL; undefined means the embedded database. */
  readonly databaseUrl: string | undefined;
  /** A releaser that somebody else runs; undefined means the embedded one. */
  /** Ciphertext that each customer may keep here. */
  readonly quotaBytes: number;
  readonly releaser: ReleaserPlace | undefined;
  /** Releasers that customers run, by their signing keys: where they listen, as the operator approved it. */
  readonly releasers: ReadonlyMap<string, ReleaserPlace>;
  /** Addresses (or CIDR ranges) of reverse proxies whose X-Forwarded-For is believed; nobody else's is. */
  readonly trustedProxies: readonly string[];
  /** The header in which such a proxy hands on that it saw a certificate of the organisation's device management. */
  readonly managedHeader: string | undefined;
  readonly logLevel: "fatal" | "error" | "warn" | "info" | "debug";
}

export interface ReleaserPlace {
  readonly url: URL;
  /** What it demands of its caller: the content of its caller.key. */
  readonly secret: string;
}

const DEFAULT_URL = "http://localhost:7410";
const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug"] as const;

/** Throws ConfigError with the variable's name, what it says and what it may say. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const url = readUrl("BREAKWATER_URL", environment["BREAKWATER_URL"] ?? DEFAULT_URL);
  if (url.protocol === "http:" && url.hostname !== "localhost") {
    throw invalid(
      "BREAKWATER_URL",
      url.href,
      "Browsers give passkeys and secure cookies to https and to http://localhost only",
    );
  }
  const port = Number(environment["BREAKWATER_PORT"] ?? (url.port === "" ? 7410 : url.port));
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw invalid("BREAKWATER_PORT", environment["BREAKWATER_PORT"] ?? "", "A port is a number from 1 to 65535");
  }
  const level = environment["BREAKWATER_LOG"] ?? "warn";
  const logLevel = LOG_LEVELS.find((known) => known === level);
  if (logLevel === undefined) throw invalid("BREAKWATER_LOG", level, `Known levels are ${LOG_LEVELS.join(", ")}`);
  const releaser = environment["RELEASER_URL"];
  return {
    url,
    listen: { host: environment["BREAKWATER_HOST"] ?? "localhost", port },
    dataDirectory: resolve(environment["BREAKWATER_DATA"] ?? "data"),
    databaseUrl: environment["DATABASE_URL"],
    quotaBytes: readGigabytes("BREAKWATER_QUOTA_GB", environment["BREAKWATER_QUOTA_GB"] ?? "100"),
    releaser:
      releaser === undefined
        ? undefined
        : { url: readUrl("RELEASER_URL", releaser), secret: environment["RELEASER_SECRET"] ?? "" },
    releasers: readReleasers(environment["BREAKWATER_RELEASERS"] ?? ""),
    trustedProxies: readProxies(environment["BREAKWATER_TRUSTED_PROXIES"] ?? ""),
    managedHeader: readHeader(environment["BREAKWATER_MANAGED_HEADER"]),
    logLevel,
  };
}

function readGigabytes(name: string, text: string): number {
  const gigabytes = Number(text);
  if (!(gigabytes > 0) || gigabytes > 1e6) throw invalid(name, text, "It is a number of gigabytes above 0");
  return Math.round(gigabytes * 1e9);
}

/** "<signing key> <address> <secret>", several of them with semicolons between. */
function readReleasers(text: string): ReadonlyMap<string, ReleaserPlace> {
  const found = new Map<string, ReleaserPlace>();
  for (const line of text.split(";").map((one) => one.trim())) {
    if (line === "") continue;
    const [sign, url, secret, ...more] = line.split(/\s+/);
    if (sign === undefined || url === undefined || secret === undefined || more.length > 0)
      throw invalid(
        "BREAKWATER_RELEASERS",
        "",
        "Each needs its signing key, its address and the content of its caller.key",
      );
    found.set(sign, { url: readUrl("BREAKWATER_RELEASERS", url), secret });
  }
  return found;
}

function readHeader(name: string | undefined): string | undefined {
  if (name === undefined || name === "") return undefined;
  if (!/^[A-Za-z0-9-]{1,64}$/.test(name) || /^(host|cookie|dpop|x-forwarded-.*|forwarded)$/i.test(name))
    throw invalid("BREAKWATER_MANAGED_HEADER", name, "Name a header of its own, such as X-Client-Verified");
  return name.toLowerCase();
}

function readProxies(text: string): string[] {
  const proxies = text.split(",").map((proxy) => proxy.trim());
  const named = proxies.filter((proxy) => proxy !== "");
  for (const proxy of named) {
    const [address = "", bits, ...rest] = proxy.split("/");
    const width = isIP(address) === 6 ? 128 : 32;
    const isRange = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= width);
    if (isIP(address) === 0 || !isRange || rest.length > 0) {
      throw invalid(
        "BREAKWATER_TRUSTED_PROXIES",
        proxy,
        "Name addresses or ranges such as 10.0.0.5, 10.0.0.0/24, with commas between them",
      );
    }
  }
  return named;
}

function readUrl(name: string, text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["http:", "https:"].includes(url.protocol))
    throw invalid(name, text, "An address looks like https://desk.example.com");
  if (url.username !== "" || url.password !== "" || url.search !== "" || url.hash !== "") {
    throw invalid(name, url.origin, "An address has no user name, query or fragment");
  }
  return url;
}

function invalid(name: string, value: string, rule: string): ConfigError {
  return new ConfigError("config.invalid", `${name} is "${value}". ${rule}.`);
}
