import { isObject, setOwn, type JsonObject, type JsonValue } from "./json.ts";

/** A value may be cut by the end of a frame; no more than this on either side is looked at. */
const REACH = 4096;
const FRAME_LISTS = /messages$|frames$/i;
const FRAME_TEXTS = ["data", "content", "payload", "payloadData", "text"] as const;

interface Frame {
  readonly holder: JsonObject;
  readonly name: string;
  readonly text: string;
}

function frameOf(item: JsonValue | undefined, whole: Whole): Frame | undefined {
  if (!isObject(item)) return undefined;
  for (const name of FRAME_TEXTS) {
    const text = item[name];
    if (typeof text === "string") return { holder: item, name, text: whole(text) };
  }
  return undefined;
}

/** Gives back the two texts changed, or undefined to leave them. */
export type Joint = (left: string, right: string) => readonly [string, string] | undefined;

/** Gives the text for which another stands while it is held elsewhere. */
type Whole = (text: string) => string;

/** Visits the joints of neighbouring WebSocket or event messages in an entry, first to last. */
export function visitJoints(value: JsonValue, whole: Whole, visit: Joint, key = ""): void {
  if (Array.isArray(value)) {
    if (value.length > 1 && FRAME_LISTS.test(key)) visitList(value, whole, visit);
    for (const item of value) visitJoints(item, whole, visit, key);
  } else if (isObject(value)) {
    for (const name of Object.keys(value)) {
      const member = value[name] ?? null;
      if (typeof member === "object" && member !== null) visitJoints(member, whole, visit, name);
    }
  }
}

function visitList(list: readonly JsonValue[], whole: Whole, visit: Joint): void {
  for (let i = 1; i < list.length; i++) {
    const before = frameOf(list[i - 1], whole);
    const after = frameOf(list[i], whole);
    if (before === undefined || after === undefined || before.text === "" || after.text === "") continue;
    const cut = Math.max(0, before.text.length - REACH);
    const changed = visit(before.text.slice(cut), after.text.slice(0, REACH));
    if (changed === undefined) continue;
    setOwn(before.holder, before.name, before.text.slice(0, cut) + changed[0]);
    setOwn(after.holder, after.name, changed[1] + after.text.slice(REACH));
  }
}
