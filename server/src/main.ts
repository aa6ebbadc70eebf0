import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { createFileBlobs } from "@breakwater/blobs";
import { inviteSecrets, inviteTokenHash, makeInviteLink } from "@breakwater/seal";
import { createPglite, createPostgres, migrate, type Sql } from "@breakwater/sql";
import { CodedError, domainHash } from "@breakwater/wire";
import { PATHS, schemas } from "@breakwater/contract";
import packageJson from "../../package.json" with { type: "json" };
import { ConfigError, readConfig, type Config } from "./config.ts";
import { eventsRoute } from "./events.ts";
import { createHttp } from "./http.ts";
import { managedDevices } from "./managed.ts";
import { accountsMigrations, createAccounts, type Accounts } from "./modules/accounts/index.ts";
import { casesMigrations, casesRoutes, createCases } from "./modules/cases/index.ts";
import { createLife, lifeMigrations, lifeRoutes, type Life, type Starting } from "./modules/life/index.ts";
import { createLedger, ledgerMigrations, ledgerRoutes, loadLogKey } from "./modules/ledger/index.ts";
import { createManagedPolicy, policyMigrations } from "./modules/policy/index.ts";
import { rulesRoutes } from "./modules/rules/index.ts";
import { createStaging, createVault, vaultMigrations, vaultRoutes } from "./modules/vault/index.ts";
import { readPages, servePages } from "./pages.ts";
import { createReleaserClient, type ReleaserClient } from "./releaser-client.ts";
import { startReleaser } from "./releaser-process.ts";
import { createReleaserRouter, type ReleaserLookups } from "./releaser-router.ts";
import type { App, Guard } from "./session.ts";

const ROOT = join(import.meta.dirname, "../..");
const POLICIES = join(ROOT, "content/policies");
export const WEB = join(ROOT, "web/dist");

export interface StartOptions {
  readonly config: Config;
  /** The built pages; null serves the interface only. */
  readonly web: string | null;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Running {
  readonly app: App;
  readonly accounts: Accounts;
  readonly life: Life;
  /** Where it listens: browsers reach it by the configured address. */
  readonly address: string;
  /** The one-time link of the first administrator; null once there is a desk. Its secret exists in this value only. */
  readonly enrolment: string | null;
  /** Ends in the reverse order of the start. */
  close(): Promise<void>;
}

type Closer = () => Promise<void>;

/** The composition root: the one place that names engines, the environment's settings and the real clock. */
export async function start({ config, web, now }: StartOptions): Promise<Running> {
  const closers: Closer[] = [];
  const close = async (): Promise<void> => {
    for (let closer = closers.pop(); closer !== undefined; closer = closers.pop()) await closer();
  };
  try {
    return { ...(await compose({ config, web, now }, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function compose({ config, web, now }: StartOptions, closers: Closer[]): Promise<Omit<Running, "close">> {
  const { dataDirectory, url } = config;
  makeDirectory(join(dataDirectory, "keys"));
  const secure = url.protocol === "https:";
  const app = await createHttp({
    version: packageJson.version,
    logLevel: config.logLevel,
    secure,
    trustedProxies: config.trustedProxies,
  });
  const report = (error: unknown): void => app.log.error({ err: error }, "background work failed; it is tried again");

  const sql = await openSql(config);
  closers.push(() => sql.close());
  await migrate(sql, [
    ledgerMigrations,
    policyMigrations,
    accountsMigrations,
    casesMigrations,
    vaultMigrations,
    lifeMigrations,
  ]);
  const blobs = await createFileBlobs(join(dataDirectory, "blobs"));
  const releaser = await openReleasers(config, app, closers, {
    settle: (starting) => life.settle(starting),
    ofOrg: async (org) => {
      const settings = (await accounts.trust(org)).settings(org);
      return settings?.org === org ? settings.releaser : undefined;
    },
    ofCase: (caseId) => cases.releaserOf(caseId),
    desk: () => accounts.desk(),
  });

  const seed = loadLogKey(join(dataDirectory, "keys/log.key"));
  const ledger = await createLedger({
    sql,
    now,
    logHost: url.host,
    seed,
    witness: releaser,
    report,
  });
  closers.push(() => ledger.close());
  const first = crypto.getRandomValues(new Uint8Array(32));
  const accounts = createAccounts({
    sql,
    ledger,
    releaser,
    now,
    rp: { id: url.hostname, name: "Breakwater", origin: url.origin },
    firstTokenHash: inviteTokenHash((await inviteSecrets(first)).token),
    decoySecret: domainHash("decoy-salt", seed),
    caseCounts: () => cases.counts(),
    isManaged: managedDevices(config, (message) => app.log.warn(message)),
    report,
  });
  closers.push(() => accounts.close());
  const policy = await createManagedPolicy(POLICIES, { sql, now, report });
  closers.push(() => policy.close());
  const cases = createCases({ sql, ledger, policy, accounts, releaser, now });
  const staging = await createStaging(join(dataDirectory, "uploads"));
  const vault = createVault({
    sql,
    blobs,
    staging,
    ledger,
    policy,
    accounts,
    cases,
    releaser,
    quotaBytes: config.quotaBytes,
    now,
    report,
  });
  closers.push(() => vault.close());
  const life = createLife({ sql, ledger, accounts, cases, vault, releaser, now, report });
  closers.push(() => life.close());

  const { guard } = accounts;
  sessionsFirst(app, guard);
  statusRoute(app, accounts, url);
  accounts.routes(app);
  ledgerRoutes(app, { sql, ledger, guard, directory: accounts });
  casesRoutes(app, { cases, guard });
  vaultRoutes(app, { vault, guard, sql, staging, now });
  const rules = rulesRoutes(app, { sql, ledger, policy, accounts, now, report });
  closers.push(async () => rules.close());
  lifeRoutes(app, { life, guard });
  eventsRoute(app, { accounts, ledger });
  if (web !== null) servePages(app, readPages(web, secure));

  await vault.start();
  ledger.start();
  life.start();
  closers.push(() => app.close());
  const address = await app.listen(config.listen);
  const enrolment = (await accounts.desk()) === null ? makeInviteLink(url.origin, { secret: first, pins: [] }) : null;
  return { app, accounts, life, address, enrolment };
}

function openSql({ databaseUrl, dataDirectory }: Config): Promise<Sql> {
  return databaseUrl === undefined
    ? createPglite({ directory: join(dataDirectory, "sql") })
    : createPostgres({ url: databaseUrl });
}

/** The desk's releaser, and those that customers run. */
async function openReleasers(
  config: Config,
  app: App,
  closers: Closer[],
  { settle, ...lookups }: ReleaserLookups & { readonly settle: (starting: Starting) => Promise<void> },
): Promise<ReleaserClient> {
  const { releasers } = config;
  const serves = async (caseId: string): Promise<boolean> => !releasers.has((await lookups.ofCase(caseId)) ?? "");
  const own: ReleaserClient = await openReleaser(config, app, closers, () =>
    settle({ serves, settle: () => own.settle() }),
  );
  const others = new Map<string, ReleaserClient>();
  for (const [sign, { url, secret }] of releasers) {
    const client: ReleaserClient = createReleaserClient(
      () => url.href,
      secret,
      () =>
        settle({
          serves: async (caseId) => (await lookups.ofCase(caseId)) === sign,
          settle: () => client.settle(),
        }),
    );
    others.set(sign, client);
  }
  return createReleaserRouter(own, others, lookups);
}

async function openReleaser(
  { releaser, dataDirectory }: Config,
  app: App,
  closers: Closer[],
  settle: () => Promise<void>,
): Promise<ReleaserClient> {
  if (releaser !== undefined) return createReleaserClient(() => releaser.url.href, releaser.secret, settle);
  const running = await startReleaser({
    directory: join(dataDirectory, "releaser"),
    report: (message) => app.log.warn(message),
  });
  closers.push(() => running.close());
  return createReleaserClient(running.url, running.secret, settle);
}

function makeDirectory(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (cause) {
    throw new ConfigError(
      "config.invalid",
      `The data directory cannot be written: ${path}. Give this user the right to write there, or set BREAKWATER_DATA.`,
      { cause },
    );
  }
}

/** What somebody without a session may call: to see whether there is a desk, and to come in. */
const ENTRANCE: ReadonlySet<string> = new Set([
  PATHS.status,
  PATHS.openapi,
  PATHS.enrolStart,
  PATHS.enrolFinish,
  PATHS.passkeyStart,
  PATHS.passkeyFinish,
  PATHS.passphraseStart,
  PATHS.passphraseFinish,
  PATHS.recoveryFinish,
]);

/** Sessions are checked before bodies are read: to anybody else every request is 401, whatever it says. */
function sessionsFirst(app: App, guard: Guard): void {
  app.addHook("onRequest", async (request) => {
    const pattern = request.routeOptions.url;
    if (pattern?.startsWith("/v1/") === true && !ENTRANCE.has(pattern)) await guard(request);
  });
}

function statusRoute(app: App, accounts: Accounts, url: URL): void {
  app.get(PATHS.status, { schema: { tags: ["status"], response: { 200: schemas.Status } } }, async () => {
    const desk = await accounts.desk();
    return { version: packageJson.version, enrolled: desk !== null, desk: desk?.name ?? null, url: url.origin };
  });
}

/** A sentence for the person at the terminal; the stack is for our own mistakes only. */
export function explain(error: unknown, config: Config | undefined): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "EADDRINUSE")
    return `Port ${config?.listen.port} is in use. Stop what uses it, or set BREAKWATER_URL to another port, such as http://localhost:7411.`;
  if (code === "EACCES")
    return `This user may not listen on port ${config?.listen.port}, or not use the data directory. Choose another in BREAKWATER_URL or BREAKWATER_DATA.`;
  if (code === "ENOSPC") return "The disk is full. Make room and start again.";
  if (error instanceof CodedError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

async function main(): Promise<void> {
  let config: Config | undefined;
  try {
    const unknown = process.argv[2];
    if (unknown !== undefined) {
      throw new ConfigError(
        "config.invalid",
        `${unknown} is no option. The server takes its settings from the environment: docs/guides/production.md.`,
      );
    }
    config = readConfig(process.env);
    const running = await start({ config, web: WEB, now: Date.now });
    stopOnSignals(running);
    console.log(greeting(config, running));
  } catch (error) {
    console.error(explain(error, config));
    process.exit(1);
  }
}

function greeting({ url, dataDirectory }: Config, { enrolment }: Running): string {
  const lines = [`Breakwater serves ${url.origin}, data in ${dataDirectory}. Ctrl-C stops it.`];
  if (enrolment !== null) {
    lines.push(
      "",
      "Nobody is enrolled yet. This link makes its first visitor the desk's administrator; it works once:",
      "",
      `  ${enrolment}`,
      "",
    );
  }
  return lines.join("\n");
}

function stopOnSignals(running: Running): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    running.close().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(explain(error, undefined));
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
}

if (import.meta.main) await main();
