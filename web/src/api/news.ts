import { PATHS } from "@breakwater/contract";
import type { QueryClient } from "@tanstack/react-query";
import { readProblem, send } from "./client.ts";
import { sessionEnded } from "./session.ts";

/**
 * Server-sent events over fetch, because EventSource cannot carry the proof of possession. The stream says only that
 * something changed; what it is now comes from the ordinary reads. Lost streams are taken up again, slower each time.
 */
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 60_000;
const MAX_LINE = 65_536;

export function followNews(client: QueryClient): () => void {
  const controller = new AbortController();
  void follow(client, controller.signal);
  return () => controller.abort();
}

async function follow(client: QueryClient, signal: AbortSignal): Promise<void> {
  let wait = FIRST_WAIT_MS;
  let missed = false;
  while (!signal.aborted) {
    try {
      const response = await send(PATHS.events, { method: "GET", headers: { accept: "text/event-stream" }, signal });
      // The stream of a session that was ended closes: whoever sits before the page is told at once, not at their next click.
      if (response.status === 401) return sessionEnded((await readProblem(response)).code);
      if (response.status === 403 || response.status === 404) return;
      if (response.ok && response.body) {
        // What happened while nobody listened is not told again.
        if (missed) void client.invalidateQueries();
        wait = FIRST_WAIT_MS;
        for await (const data of eventsOf(response.body)) invalidate(client, data);
      }
    } catch {
      // Aborted, or the network went: both end in the check and the wait below.
    }
    missed = true;
    await pause(wait, signal);
    wait = Math.min(wait * 2, LONGEST_WAIT_MS);
  }
}

/** The `data` of each event (WHATWG HTML 9.2.6); other fields do not concern us. */
export async function* eventsOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  let data: string[] = [];
  for await (const chunk of body) {
    rest += decoder.decode(chunk, { stream: true });
    const lines = rest.split(/\r\n|\r|\n/);
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE) throw new RangeError("An event's line is longer than any that the server writes.");
    for (const line of lines) {
      if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      } else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""));
    }
  }
}

function invalidate(client: QueryClient, data: string): void {
  const news = readNews(data);
  if (!news) return;
  if (news.case !== undefined) {
    void client.invalidateQueries({ queryKey: ["access"] });
    if (!READS.has(news.type)) void client.invalidateQueries({ queryKey: ["case", news.case] });
  }
  for (const key of keysOf(news.type)) void client.invalidateQueries({ queryKey: [key] });
}

interface News {
  readonly type: string;
  readonly case: string | undefined;
}

function readNews(data: string): News | undefined {
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || !("type" in value) || typeof value.type !== "string")
    return undefined;
  return { type: value.type, case: "case" in value && typeof value.case === "string" ? value.case : undefined };
}

/** Leaves that somebody's reading makes. Reading a case again because it was read would never end. */
const READS: ReadonlySet<string> = new Set(["file.list", "file.meta", "file.fetch", "case.read", "key.release"]);

/** What a leaf of this type may have changed. */
function keysOf(type: string): readonly string[] {
  if (READS.has(type)) return [];
  if (type.startsWith("grant.")) return ["grants"];
  if (type === "policy.change") return ["policy"];
  if (/^(case|file)\./.test(type)) return ["cases", "customers"];
  if (type === "config.change" || type === "key.bind" || type === "key.revoke") return STANDING;
  if (type === "team.rotate") return ["teams", "trust", "rotation", "cases", "me"];
  if (type === "session.start" || type === "session.end") return ["sessions"];
  return [];
}

/** A person's standing shows nearly everywhere. */
const STANDING = "people customers invites trust settings grants teams devices sessions rotation me".split(" ");

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
    signal.addEventListener("abort", done);
  });
}
