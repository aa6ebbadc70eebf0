import { run } from "../support.ts";
import { doubled, echoed, placed, type Case } from "./cases.ts";
import { exposed } from "./reveal.ts";

/** Run by hand: `node packages/har/test/redteam/survey.ts [seeds] [share] [which]` counts what leaks, by kind and place. */
const [seeds = "1", share = "1", which = "placed,echoed,doubled"] = process.argv.slice(2);
const tally = new Map<string, number>();
const count = (key: string): void => void tally.set(key, (tally.get(key) ?? 0) + 1);
let cases = 0;
let leaks = 0;
const first = Number(process.env["BREAKWATER_FUZZ_SEED"] ?? 1);
for (let seed = first; seed < first + Number(seeds); seed++) {
  const all: Case[] = [
    ...(which.includes("placed") ? placed(seed, Number(share)) : []),
    ...(which.includes("echoed") ? echoed(seed, Number(share)) : []),
    ...(which.includes("doubled") ? doubled(seed, 600 / Number(share)) : []),
  ];
  for (const item of all) {
    cases++;
    let left: string[];
    try {
      left = exposed((await run(item.text)).output, item.secrets);
    } catch (error) {
      count(`REFUSED ${error instanceof Error ? error.message.slice(0, 60) : ""} ${item.id}`);
      continue;
    }
    if (left.length === 0) continue;
    leaks++;
    for (const part of item.id.split(/ [>@] /)) count(part);
    count(`! ${item.id}`);
  }
}
console.log(`${cases} cases, ${leaks} leak`);
for (const [key, number] of [...tally].sort((a, b) => b[1] - a[1])) if (!key.startsWith("! ")) console.log(`${number}\t${key}`);
if (process.env["SHOW"] !== undefined) for (const key of tally.keys()) if (key.startsWith("! ")) console.log(key);
