import type { CustomerScope, FileScope, ScopeReport } from "@breakwater/scope";
import type { Trust } from "@breakwater/seal";
import { oneLine } from "./terminal.ts";

const VERDICTS = {
  confirmed: "opened: keys were released, and the log names them",
  potential: "within reach, and not opened",
  listed: "names and sizes were seen, nothing was opened or within reach",
  none: "untouched",
} as const satisfies Record<CustomerScope["verdict"], string>;
const SHOWN = 20;

export interface Summary {
  readonly entries: number;
  readonly logs: number;
  readonly opened: number;
  readonly unsigned: number;
}

/** The answer for whoever asked: counts first, then one line for each affected customer. */
export function scopeText(
  report: ScopeReport,
  trust: Trust,
  summary: Summary,
  words: readonly string[] | null,
): string {
  const { customers, people, policies } = report;
  const lines = [
    `From ${report.from} to ${report.to}, ${people.length === 0 ? "nobody" : people.map((user) => nameOf(user, trust)).join(", ")}:`,
    "",
  ];
  for (const verdict of ["confirmed", "potential", "listed", "none"] as const) {
    const own = customers.filter((customer) => customer.verdict === verdict);
    lines.push(`${String(own.length).padStart(6)}  ${VERDICTS[verdict]}`);
    if (verdict === "none") continue;
    for (const customer of own.slice(0, SHOWN)) lines.push(`          ${customerLine(customer, trust)}`);
    if (own.length > SHOWN) lines.push(`          and ${own.length - SHOWN} more: --json or --reports name them all`);
  }
  const refused = customers.reduce((sum, customer) => sum + customer.refused.length, 0);
  lines.push(
    "",
    `Openings: ${summary.opened}. Refused attempts: ${refused}. Policy sets in force: ${policies.length === 0 ? "none was named" : policies.join(", ")}.`,
    ...(summary.unsigned === 0
      ? []
      : [`WARNING: ${summary.unsigned} openings are not signed by the device of the person that they name.`]),
    `${summary.entries} entries of ${summary.logs} logs were read; every one is under a checkpoint that the log signed and the witness confirmed.`,
    ...(words === null ? [] : ["Compare the desk's words with those that you know:", `  ${words.join(" ")}`]),
  );
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}

/** What a customer is told: about itself only. */
export function customerText(report: ScopeReport, customer: CustomerScope, trust: Trust): string {
  const lines = [
    `# What was opened at ${nameOfOrg(customer.org, trust)}`,
    "",
    `Window: ${report.from} to ${report.to} (UTC). Result: ${VERDICTS[customer.verdict]}.`,
    "",
    ...section(
      "Opened",
      customer.files.filter(({ opened }) => opened.length > 0).flatMap((file) => openedLines(file, trust)),
    ),
    ...section(
      "Within reach, and not opened",
      customer.files.filter(({ opened }) => opened.length === 0).flatMap((file) => reachLines(file, trust)),
    ),
    ...section(
      "Lists and descriptions that were seen",
      customer.listed.map(
        ({ index, ts, t, user, n }) =>
          `${ts}: ${t}${n === undefined ? "" : ` of ${n}`} by ${nameOf(user, trust)}, entry ${index}`,
      ),
    ),
    ...section(
      "Attempts that were refused",
      customer.refused.map(({ index, ts, user }) => `${ts}: by ${nameOf(user, trust)}, entry ${index}`),
    ),
    "An opened key is what the log can prove; what somebody did with an opened file afterwards it cannot.",
    `Each line's number is its index in your own log; its proof is in ${customer.org}.json.`,
    "",
  ];
  return lines.map((line) => `${oneLine(line)}\n`).join("");
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, "", ...lines.map((line) => `- ${line}`), ""];
}

function openedLines({ case: caseId, file, opened }: FileScope, trust: Trust): string[] {
  return opened.map(
    ({ index, ts, user, parts = [] }) =>
      `${ts}: ${thing(caseId, file)}, ${parts.join(", ")}, by ${nameOf(user, trust)}, entry ${index}`,
  );
}

function reachLines({ case: caseId, file, reach }: FileScope, trust: Trust): string[] {
  return reach.map(
    ({ user, because, from, to }) =>
      `${thing(caseId, file)}: ${nameOf(user, trust)} was ${because === "assigned" ? "assigned to the case" : "granted it"}, ${from} to ${to}`,
  );
}

function thing(caseId: string, file: string | null): string {
  return file === null ? `messages of ${caseId}` : `${file} of ${caseId}`;
}

function customerLine({ org, files, listed, refused }: CustomerScope, trust: Trust): string {
  const opened = files.filter((file) => file.opened.length > 0).length;
  return `${nameOfOrg(org, trust)}: ${opened} opened, ${files.length - opened} within reach, ${listed.length} lists, ${refused.length} refused`;
}

function nameOf(user: string, trust: Trust): string {
  const name = trust.person(user)?.name;
  return name === undefined ? user : `${name} (${user})`;
}

function nameOfOrg(org: string, trust: Trust): string {
  const name = trust.org(org)?.name;
  return name === undefined ? org : `${name} (${org})`;
}
