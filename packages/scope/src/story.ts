import type { Leaf } from "@breakwater/ledger";
import { isId } from "@breakwater/wire";

/** One entry of one organisation's log. The caller has verified that it is in the signed tree. */
export interface Line {
  readonly org: string;
  readonly index: number;
  readonly leaf: Leaf;
}

/** From when to when something held, in milliseconds; `to` is Infinity while it still does. */
export interface Span {
  readonly from: number;
  to: number;
}
export interface SessionStory extends Span {
  readonly user: string;
  readonly dev: string | undefined;
  readonly pfx: string | undefined;
}
/** Something sealed that could be opened: a file, or, where `file` is null, the words written on the case. */
export interface FileStory extends Span {
  readonly org: string;
  readonly case: string;
  readonly file: string | null;
}
export interface CaseStory {
  readonly org: string;
  readonly case: string;
  /** When staff may work on it: closing ends a span, opening again begins one. */
  readonly open: Span[];
  readonly assigned: (Span & { readonly user: string })[];
  readonly files: FileStory[];
}
export interface GrantStory extends Span {
  readonly id: string;
  readonly user: string;
  readonly case: string;
  readonly file: string;
}
/** What a person did that could have shown them something, or was refused. */
export interface Deed {
  readonly what: "opened" | "listed" | "refused";
  readonly org: string;
  readonly index: number;
  readonly t: Leaf["t"];
  readonly ts: number;
  readonly user: string;
  readonly dev: string | undefined;
  readonly ses: string | undefined;
  readonly pfx: string | undefined;
  readonly case: string | undefined;
  readonly file: string | undefined;
  readonly parts: readonly string[];
  readonly n: number | undefined;
}

/** The longest grant there is (packages/seal, MAX_GRANT_MS). The log holds a grant's hash only, so it counts as this long unless it ends earlier. */
const GRANT_MS = 8 * 3_600_000;
/** The longest session there is; one whose end was never logged counts as this long. */
const SESSION_MS = 12 * 3_600_000;

const LISTED: ReadonlySet<string> = new Set([
  "file.list",
  "file.meta",
  "file.fetch",
  "case.read",
  "export.report",
  "export.case",
]);

/** What the logs tell, in the terms that the question needs. Lines of one log come in their order; logs may be read one after another. */
export class Story {
  readonly sessions = new Map<string, SessionStory>();
  readonly cases = new Map<string, CaseStory>();
  readonly grants = new Map<string, GrantStory>();
  readonly deeds: Deed[] = [];
  /** Hashes of the policy sets that decided, or were switched on, with when that was first seen. */
  readonly policies = new Map<string, number>();
  lines = 0;

  add(line: Line): void {
    this.lines++;
    const { leaf } = line;
    const ts = Date.parse(leaf.ts);
    if (Number.isNaN(ts)) return;
    if (leaf.pol !== undefined && !this.policies.has(leaf.pol.set)) this.policies.set(leaf.pol.set, ts);
    if (leaf.t === "policy.change" && leaf.what !== undefined && !this.policies.has(leaf.what))
      this.policies.set(leaf.what, ts);
    this.#happened(line, ts);
    this.#deed(line, ts);
  }

  /** Counts a line that tells nothing about anybody. */
  pass(): void {
    this.lines++;
  }

  #happened({ org, leaf }: Line, ts: number): void {
    const t: string = leaf.t;
    switch (t) {
      case "session.start":
        if (leaf.ses !== undefined)
          this.sessions.set(leaf.ses, {
            user: leaf.actor.id,
            dev: leaf.actor.dev,
            pfx: leaf.net?.pfx,
            from: ts,
            to: ts + SESSION_MS,
          });
        return;
      case "session.end":
      case "session.moved":
        end(leaf.ses === undefined ? undefined : this.sessions.get(leaf.ses), ts);
        return;
      case "grant.request":
      case "grant.breakglass":
        if (leaf.grant !== undefined && leaf.case !== undefined && leaf.file !== undefined)
          this.grants.set(leaf.grant, {
            id: leaf.grant,
            user: leaf.actor.id,
            case: leaf.case,
            file: leaf.file,
            from: ts,
            to: ts + GRANT_MS,
          });
        return;
      case "grant.deny":
      case "grant.revoke":
      case "grant.expire":
        end(leaf.grant === undefined ? undefined : this.grants.get(leaf.grant), ts);
        return;
      default:
        if (leaf.case !== undefined) this.#caseChanged(this.#case(org, leaf.case), leaf, ts);
    }
  }

  #caseChanged(story: CaseStory, leaf: Leaf, ts: number): void {
    const t: string = leaf.t;
    switch (t) {
      case "case.open":
        if (last(story.open)?.to !== Infinity) story.open.push({ from: ts, to: Infinity });
        return;
      case "case.close":
        end(last(story.open), ts);
        return;
      case "case.assign":
        story.assigned.push({ user: concerned(leaf), from: ts, to: Infinity });
        return;
      case "case.unassign":
        for (const span of story.assigned) if (span.user === concerned(leaf)) end(span, ts);
        return;
      case "file.finish":
        if (leaf.file !== undefined)
          story.files.push({ org: story.org, case: story.case, file: leaf.file, from: ts, to: Infinity });
        return;
      case "case.message":
        if (!story.files.some(({ file, to }) => file === null && to === Infinity))
          story.files.push({ org: story.org, case: story.case, file: null, from: ts, to: Infinity });
        return;
      case "file.delete":
      case "key.shred":
        // Without a file the whole case was shredded.
        for (const file of story.files) if (leaf.file === undefined || leaf.file === file.file) end(file, ts);
        return;
      default:
    }
  }

  #deed({ org, index, leaf }: Line, ts: number): void {
    const what = deedOf(leaf);
    if (what === undefined) return;
    this.deeds.push({
      what,
      org,
      index,
      t: leaf.t,
      ts,
      user: leaf.actor.id,
      dev: leaf.actor.dev,
      ses: leaf.ses,
      pfx: leaf.net?.pfx,
      case: leaf.case,
      file: leaf.file,
      parts: leaf.parts ?? [],
      n: leaf.n,
    });
  }

  #case(org: string, id: string): CaseStory {
    const known = this.cases.get(id) ?? { org, case: id, open: [], assigned: [], files: [] };
    this.cases.set(id, known);
    return known;
  }
}

/** One choke point gives keys, and each key has this leaf: so this set is complete (docs/protocol.md section 8). */
function deedOf({ t, pol }: Leaf): Deed["what"] | undefined {
  if (t === "key.release") return pol?.dec === "deny" ? "refused" : "opened";
  if (t === "key.deny") return "refused";
  return LISTED.has(t) ? "listed" : undefined;
}

/** Whom a case was given to: the person that `what` names, or whoever took it. */
function concerned({ what, actor }: Leaf): string {
  return what !== undefined && isId("user", what) ? what : actor.id;
}

function end(span: Span | undefined, ts: number): void {
  if (span !== undefined && ts < span.to) span.to = ts;
}

function last<T>(list: readonly T[]): T | undefined {
  return list.at(-1);
}
