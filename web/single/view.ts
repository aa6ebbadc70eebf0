import { placesOf, RULES, type Inventory, type JsonValue, type Report } from "@breakwater/har";

/** Everything is built from text nodes: no text of a recording is ever read as markup. */
export function element(name: string, text: string, attributes: Readonly<Record<string, string>> = {}): HTMLElement {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value);
  return made;
}

function fill(table: HTMLElement, head: readonly string[], rows: readonly (readonly string[])[]): void {
  const top = element("tr", "");
  top.append(...head.map((title) => element("th", title, { scope: "col" })));
  const lines = rows.map((row) => {
    const line = element("tr", "");
    line.append(...row.map((cell) => element("td", cell)));
    return line;
  });
  table.replaceChildren(top, ...lines);
}

const MAX_TABLE = 2000;

export function showFindings(table: HTMLElement, report: Report): void {
  const rows = placesOf(report.findings).slice(0, MAX_TABLE);
  fill(
    table,
    ["Times", "Kind", "What", "Where", "Certainty"],
    rows.map((row) => [String(row.count), row.kind, RULES[row.rule].says, row.place, row.confidence]),
  );
}

export function showSessions(
  section: HTMLElement,
  advice: HTMLElement,
  table: HTMLElement,
  inventory: Inventory,
): void {
  const sessions = inventory.items.filter((item) => item.session);
  section.hidden = sessions.length === 0;
  advice.replaceChildren(...inventory.advice.map((line) => element("li", line)));
  fill(
    table,
    ["Kind", "State", "Expires", "Requests", "Name", "Hosts"],
    sessions
      .slice(0, MAX_TABLE)
      .map((item) => [
        item.kind,
        item.admin ? `${item.live}, administrator` : item.live,
        item.expires ?? "not told",
        String(item.carriedBy),
        item.names.join(", "),
        item.hosts.join(", "),
      ]),
  );
}

export function summary(report: Report): string {
  const masked =
    report.refused.length === 0 ? "" : ` ${report.refused.length} parts could not be read and were masked whole.`;
  return `${report.counts.total} secrets were replaced in ${report.entries} requests. The result was searched for all ${report.verified.values} distinct values that were found, in every encoding that the tool knows: none is left.${masked} Pictures and unknown binary data are not read; look before you share.`;
}

const MAX_LINES = 4000;
const MAX_WIDTH = 2000;

/** Two columns, line by line. The structure of an entry does not change, so equal line numbers are the same place. */
export function showEntry(place: HTMLElement, before: JsonValue, after: JsonValue): void {
  const left = lines(before);
  const right = lines(after);
  const nodes: HTMLElement[] = [element("strong", "Before"), element("strong", "After")];
  for (let i = 0; i < Math.min(MAX_LINES, Math.max(left.length, right.length)); i++) {
    const a = left[i] ?? "";
    const b = right[i] ?? "";
    nodes.push(
      element("div", a, a === b ? {} : { class: "before" }),
      element("div", b, a === b ? {} : { class: "after" }),
    );
  }
  place.replaceChildren(...nodes);
}

function lines(value: JsonValue): readonly string[] {
  return JSON.stringify(value, null, 1)
    .split("\n")
    .map((line) => (line.length > MAX_WIDTH ? `${line.slice(0, MAX_WIDTH)}…` : line));
}
