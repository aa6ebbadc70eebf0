import { HarError, openIndex, readEntry, type EntryIndex, type Mode } from "@breakwater/har";
import { run, type Result } from "./run.ts";
import { element, showEntry, showFindings, showSessions, summary } from "./view.ts";

function part(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page lacks #${id}.`);
  return found;
}

const PHASES = {
  harvest: "Finding secrets",
  redact: "Replacing them, and searching the result",
  verify: "Searching the result",
} as const;

let current: { readonly result: Result; readonly before: EntryIndex; readonly after: EntryIndex } | undefined;
let stop: AbortController | undefined;

async function accept(file: File): Promise<void> {
  stop?.abort();
  const mine = new AbortController();
  stop = mine;
  current = undefined;
  part("result").hidden = true;
  part("trouble").hidden = true;
  part("work").hidden = false;
  const bar = part("progress");
  try {
    const result = await run(file, {
      mode: chosenMode(),
      signal: mine.signal,
      onProgress({ phase, bytes, total }) {
        part("phase").textContent = PHASES[phase];
        const half = total === undefined || total === 0 ? 0 : bytes / total / 2;
        bar.setAttribute("value", String(phase === "harvest" ? half : 0.5 + half));
      },
    });
    const [before, after] = [await openIndex(result.before, { signal: mine.signal }), await openIndex(result.after)];
    if (stop !== mine) return;
    current = { result, before, after };
    show(file.name, result);
  } catch (error) {
    if (stop !== mine) return;
    // A defect of ours may quote what it was reading, so only the engine's own sentences are shown.
    part("trouble").textContent =
      error instanceof HarError
        ? `Nothing was written. ${error.message}`
        : "Nothing was written: the page has a fault. Please report it with the kind of browser that recorded the file.";
    part("trouble").hidden = false;
  } finally {
    if (stop === mine) part("work").hidden = true;
  }
}

function chosenMode(): Mode {
  return document.querySelector('input[name="mode"][value="strict"]:checked') === null ? "support" : "strict";
}

let url = "";

function show(name: string, { file, report, inventory }: Result): void {
  URL.revokeObjectURL(url);
  url = URL.createObjectURL(file);
  const link = part("download");
  link.setAttribute("href", url);
  link.setAttribute("download", `${name.replace(/(?:\.har)?(?:\.gz|\.zip)?$/i, "")}.sanitized.har`);
  part("summary").textContent = summary(report);
  showSessions(part("sessions"), part("advice"), part("session-table"), inventory);
  showFindings(part("finding-table"), report);
  list("");
  part("compare").replaceChildren(element("p", "Choose a request."));
  part("result").hidden = false;
  part("done-title").focus();
}

function list(wanted: string): void {
  const words = wanted.toLowerCase();
  const rows = (current?.result.rows ?? []).filter((row) => row.label.toLowerCase().includes(words)).slice(0, 2000);
  part("entries").replaceChildren(
    ...rows.map((row) => {
      const item = element("li", "");
      const button = element("button", row.label, { type: "button" });
      button.addEventListener("click", () => void choose(row.index, button));
      item.append(button);
      return item;
    }),
  );
}

async function choose(index: number, button: HTMLElement): Promise<void> {
  if (current === undefined) return;
  for (const other of document.querySelectorAll('#entries [aria-current="true"]'))
    other.removeAttribute("aria-current");
  button.setAttribute("aria-current", "true");
  const { result, before, after } = current;
  const [left, right] = await Promise.all([
    readEntry(result.before, before, index),
    readEntry(result.after, after, index),
  ]);
  if (current?.result === result) showEntry(part("compare"), left, right);
}

part("cancel").addEventListener("click", () => stop?.abort());
part("file").addEventListener("change", (event) => {
  const file = event.target instanceof HTMLInputElement ? event.target.files?.[0] : undefined;
  if (file !== undefined) void accept(file);
});
part("search").addEventListener("input", (event) => {
  if (event.target instanceof HTMLInputElement) list(event.target.value);
});
const drop = part("drop");
for (const kind of ["dragenter", "dragover"]) {
  document.addEventListener(kind, (event) => {
    event.preventDefault();
    drop.classList.add("over");
  });
}
for (const kind of ["dragleave", "drop"]) document.addEventListener(kind, () => drop.classList.remove("over"));
document.addEventListener("drop", (event) => {
  event.preventDefault();
  const file = event.dataTransfer?.files[0];
  if (file !== undefined) void accept(file);
});
