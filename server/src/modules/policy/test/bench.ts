/** node server/src/modules/policy/test/bench.ts: a decision of the desk's rules as the server asks it, against parsing the set each time. */
import * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import { loadRules } from "../cedar.ts";
import { questionOf } from "../request.ts";
import { readPolicyFile, requestOf, table } from "./set.ts";

const text = readPolicyFile("desk.cedar");
const schema = readPolicyFile("desk.cedarschema");
const rules = loadRules(text, schema);
const questions = Object.keys(table.bases).map((base) => questionOf(requestOf({ base }), 1_800_000_000_000));
const ROUNDS = Number(process.argv[2] ?? 100);

function measure(name: string, rounds: number, decide: (question: (typeof questions)[number]) => unknown): number {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let round = 0; round < rounds; round++) {
    for (const question of questions) {
      const start = performance.now();
      decide(question);
      times.push(performance.now() - start);
    }
  }
  const { user, system } = process.cpuUsage(before);
  const cost = (user + system) / 1000 / times.length;
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
  console.log(
    `${name}: ${cost.toFixed(2)} ms CPU each, ${Math.round(1000 / cost)} per CPU-second, p99 ${p99.toFixed(2)} ms`,
  );
  return cost;
}

const asked = measure("as the server asks (parsed once, request validated)", ROUNDS, (question) => rules.ask(question));
const parsed = measure("parsed and asked each time", Math.max(1, Math.floor(ROUNDS / 20)), (question) =>
  cedar.isAuthorized({ ...question, policies: { staticPolicies: text }, schema, validateRequest: true }),
);
console.log(
  `${rules.rules.size} rules, ${questions[0] ? (questions[0].entities as unknown[]).length : 0} entities: ${(parsed / asked).toFixed(1)} times cheaper than parsing each time.`,
);
