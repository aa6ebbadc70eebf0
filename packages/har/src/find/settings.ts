import { flatten } from "../names.ts";
import { isTrivial } from "../shapes.ts";
import type { Walker } from "../walker.ts";
import type { EachLine } from "./lines.ts";

/** `name = value`, `export NAME=value`, `name: value`, `- name: value`, with or without quotation marks and a comment behind. */
const SETTING =
  /^(\s*(?:-\s+)?(?:export\s+|set\s+|\$env:|ENV\s+|ARG\s+)?)(["']?)([\w.\-/$[\]@ ]{1,120}?)\2(\s*(?:=>|:=|[=:])(?:\s+|(?<==)|$))(.*)$/;
/** YAML 1.2.2 section 8.1: what follows, indented, is one text. */
const BLOCK_TEXT = /^[|>][+-]?\d?[+-]?\s*(?:#.*)?$/;

interface State {
  /** Indentation of a name under which every value is secret, or -1. */
  secretBelow: number;
  /** What a `name:` line before said, for `value:` on the next. */
  label: string;
  /** Inside a Kubernetes Secret, everything below `data` is secret. */
  secretKind: boolean;
  /** A value goes on while lines are indented deeper than this. */
  blockBelow: number;
  blockName: string;
}

/** YAML, .env, INI, properties, TOML: each line is a name and a value. Undefined lines are read as text. */
export function rewriteSettings(text: string, w: Walker, each: EachLine, plain: (line: string) => string): string {
  const state: State = { secretBelow: -1, label: "", secretKind: false, blockBelow: -1, blockName: "" };
  return text
    .split("\n")
    .map((line, i) => {
      if (line.trim().length < 3) return line;
      const read = readLine(line, state, w);
      return each(line, i, (one) => rewriteSetting(one, read, w, plain), `${read.name}:${read.secret}:${read.goesOn}`);
    })
    .join("\n");
}

/** What earlier lines say about this one. */
interface Read {
  readonly name: string;
  readonly secret: boolean;
  readonly goesOn: boolean;
}

function readLine(line: string, state: State, w: Walker): Read {
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  if (/^\s*(?:#|;|\/\/)/.test(line)) return { name: "", secret: false, goesOn: false };
  if (state.blockBelow >= 0 && indent > state.blockBelow)
    return {
      name: state.blockName,
      secret: w.nameClass(state.blockName) === "secret" || state.secretBelow >= 0,
      goesOn: true,
    };
  state.blockBelow = -1;
  if (line.startsWith("---")) state.secretKind = false;
  if (state.secretBelow >= 0 && indent <= state.secretBelow) state.secretBelow = -1;
  const match = SETTING.exec(line.replace(/\r$/, ""));
  if (match === null) return { name: "", secret: state.secretBelow >= 0, goesOn: false };
  const name = (match[3] ?? "").trim();
  const value = (match[5] ?? "").trim();
  const flat = flatten(name);
  const secret = state.secretBelow >= 0;
  if (flat === "kind") state.secretKind = /^["']?(?:Sealed)?Secret["']?$/.test(value);
  // Lists of pairs: `- name: DB_PASSWORD` and, below it, `value: …`.
  const label = flat === "value" ? state.label : "";
  if (flat === "name" || flat === "key") state.label = value.replace(/^["']|["']$/g, "");
  else if (flat !== "value") state.label = "";
  if (value === "" || value.startsWith("#")) {
    if (
      (state.secretKind && /^(?:stringdata|data)$/.test(flat)) ||
      (w.nameClass(name) === "secret" && !flat.endsWith("s"))
    )
      state.secretBelow = Math.max(state.secretBelow, indent);
  } else if (BLOCK_TEXT.test(value)) {
    state.blockBelow = indent;
    state.blockName = name;
  }
  return { name: label !== "" && w.nameClass(label) !== "plain" ? label : name, secret, goesOn: false };
}

function rewriteSetting(line: string, read: Read, w: Walker, plain: (line: string) => string): string {
  if (read.goesOn) return read.secret ? around(line, w) : plain(line);
  const end = line.endsWith("\r") ? "\r" : "";
  const match = SETTING.exec(end === "" ? line : line.slice(0, -1));
  if (match === null) return read.secret && !/^\s*[#;]/.test(line) ? around(line, w) : plain(line);
  const [, lead = "", quote = "", name = "", sign = "", rest = ""] = match;
  const { before, value, after } = unquoted(rest);
  if (value === "") return line;
  const next =
    read.secret && !isTrivial(value)
      ? w.secretValue(value, "text.name")
      : /^[[{]/.test(value) && before === ""
        ? plain(value)
        : w.named(value, read.name, "text", "text.name");
  const safeAfter = after.length > 6 ? w.text(after, "text") : after;
  return `${lead}${quote}${name}${quote}${sign}${before}${next}${safeAfter}${end}`;
}

/** The value without its quotation marks and the comment behind it. */
function unquoted(rest: string): { readonly before: string; readonly value: string; readonly after: string } {
  const quoted = /^(["'`])((?:[^\\]|\\.)*?)\1(\s*(?:[,;#].*)?)$/s.exec(rest);
  if (quoted !== null)
    return { before: quoted[1] ?? "", value: quoted[2] ?? "", after: (quoted[1] ?? "") + (quoted[3] ?? "") };
  const comment = /\s+[#;]\s.*$|\s+$/.exec(rest);
  const value = comment === null ? rest : rest.slice(0, comment.index);
  return { before: "", value, after: rest.slice(value.length) };
}

function around(line: string, w: Walker): string {
  const trimmed = line.trim().replace(/^-\s+/, "");
  return isTrivial(trimmed) || trimmed.length < 2
    ? line
    : line.replace(trimmed, () => w.secretValue(trimmed, "text.name"));
}
