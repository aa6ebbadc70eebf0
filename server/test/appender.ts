// A process that appends until it is killed: for crash.test.ts. Says what was acknowledged, one line each.
import { createPglite, migrate } from "@breakwater/sql";
import { createLedger, ledgerMigrations, loadLogKey } from "../src/modules/ledger/index.ts";

const [directory, org] = process.argv.slice(2);
if (directory === undefined || org === undefined) throw new Error("Usage: appender.ts DIRECTORY ORG");
const sql = await createPglite({ directory: `${directory}/sql` });
await migrate(sql, [ledgerMigrations]);
const ledger = await createLedger({
  sql,
  now: Date.now,
  logHost: "crash.test",
  seed: loadLogKey(`${directory}/log.key`),
  witness: { addCheckpoint: async () => ({ status: 404, reason: "There is no witness here." }) },
  report: () => {},
});
await sql.transaction((tx) => ledger.open(tx, org));

async function appendForEver(n: number): Promise<never> {
  for (;;) {
    const { index, leafHash } = await sql.transaction((tx) =>
      ledger.append(tx, {
        v: 1,
        t: "config.change",
        org: org ?? "",
        actor: { id: "server", kind: "server" },
        what: `writer-${n}`,
      }),
    );
    process.stdout.write(`leaf ${index} ${Buffer.from(leafHash).toString("hex")}\n`);
  }
}
async function signForEver(): Promise<never> {
  for (;;) {
    const { size, root } = await ledger.integrate(org ?? "");
    process.stdout.write(`signed ${size} ${Buffer.from(root).toString("hex")}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
await Promise.all([1, 2, 3, 4].map(appendForEver).concat(signForEver()));
