import { PATHS } from "@breakwater/contract";
import type { Accounts } from "./modules/accounts/face.ts";
import type { AppendedLeaf, Ledger } from "./modules/ledger/index.ts";
import type { App, Session } from "./session.ts";
import { Problem } from "./errors.ts";

const BEAT_MS = 20_000;
const MAX_STREAMS = 5_000;
/** Pages that one session has open; nobody takes the places of everybody. */
const MAX_STREAMS_OF_SESSION = 20;
const MAX_WAITING_BYTES = 256 * 1024;

/**
 * News over server-sent events (WHATWG HTML 9.2): that something happened, never what is in it. Every change is a leaf, so the
 * ledger's appends are the news. Customers hear of their own organisation, staff of all.
 */
export function eventsRoute(
  app: App,
  { accounts, ledger }: { readonly accounts: Accounts; readonly ledger: Ledger },
): void {
  const streams = new Map<() => void, string>();

  app.get(
    PATHS.events,
    { schema: { tags: ["news"], description: "text/event-stream; `data` is { type, org, case?, file? }." } },
    async (request, reply) => {
      const session = await accounts.guard(request);
      if (streams.size >= MAX_STREAMS)
        throw new Problem("request.rateLimited", "Too many people follow the news at this moment.");
      if ([...streams.values()].filter((id) => id === session.id).length >= MAX_STREAMS_OF_SESSION)
        throw new Problem("request.rateLimited", "This session has too many pages open. Close some of them.");
      const { raw } = reply;
      if (raw.destroyed) return;
      reply.hijack();
      raw.writeHead(200, {
        ...(reply.getHeaders() as Record<string, string>),
        "content-type": "text/event-stream; charset=utf-8",
      });
      raw.write(": hello\n\n");
      const stopListening = ledger.onAppend((appended) => {
        if (isEndOf(session, appended)) return stop();
        if (!concerns(session, appended)) return;
        // A reader that does not read is let go; it asks again and reads everything anew.
        if (raw.writableLength > MAX_WAITING_BYTES) return stop();
        raw.write(eventOf(appended));
      });
      const beat = setInterval(() => {
        accounts.alive(session).then(
          (alive) => (alive ? void raw.write(":\n\n") : stop()),
          () => stop(),
        );
      }, BEAT_MS);
      const stop = (): void => {
        clearInterval(beat);
        stopListening();
        streams.delete(stop);
        raw.end();
      };
      streams.set(stop, session.id);
      raw.on("close", stop).on("error", stop);
    },
  );

  app.addHook("preClose", async () => {
    for (const stop of streams.keys()) stop();
  });
}

/** Whoever signed out hears nothing more, not even until the next beat. */
function isEndOf({ context }: Session, { leaf }: AppendedLeaf): boolean {
  return leaf.t === "session.end" && leaf.ses === context.ses;
}

function concerns({ org, orgKind, context }: Session, { leaf }: AppendedLeaf): boolean {
  if (leaf.t === "log.heartbeat") return false;
  // What one does oneself is news to one's other pages too; one's own session ends with its stream.
  return orgKind === "desk" || leaf.org === org || leaf.ses === context.ses;
}

function eventOf({ log, index, leaf }: AppendedLeaf): string {
  const { t: type, org, case: caseId, file } = leaf;
  const data = JSON.stringify({
    type,
    org,
    ...(caseId === undefined ? {} : { case: caseId }),
    ...(file === undefined ? {} : { file }),
  });
  return `id: ${log}/${index}\ndata: ${data}\n\n`;
}
