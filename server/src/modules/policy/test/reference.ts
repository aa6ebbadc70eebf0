import type * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Question } from "../cedar.ts";

/**
 * A second opinion on our own rules: Cedar's language as its specification says it (docs.cedarpolicy.com, "Policy syntax" and
 * "Operators"), evaluated here in TypeScript and slowly. It shares nothing with the engine but the parser. What it does not
 * know throws, so a rule that uses more of the language makes the test say so.
 */
type Value = boolean | number | string | ReadonlySet<string> | { readonly record: ReadonlyMap<string, Value> } | Entity;
interface Entity {
  readonly uid: string;
}
interface World {
  readonly vars: Readonly<Record<"principal" | "action" | "resource" | "context", Value>>;
  readonly attrs: ReadonlyMap<string, ReadonlyMap<string, Value>>;
  readonly parents: ReadonlyMap<string, readonly string[]>;
}
type Node = Readonly<Record<string, unknown>>;

/** Groups of actions, as desk.cedarschema declares them. */
export function actionGroups(schema: string): ReadonlyMap<string, readonly string[]> {
  const groups = new Map<string, readonly string[]>();
  for (const [, names = "", parents] of schema.matchAll(/^action ((?:"[^"]+"(?:, )?)+)(?: in \[([^\]]+)\])?/gmu)) {
    const of = [...(parents ?? "").matchAll(/"([^"]+)"/gu)].map(([, name]) => `Action::${name}`);
    for (const [, name] of names.matchAll(/"([^"]+)"/gu)) groups.set(`Action::${name}`, of);
  }
  return groups;
}

export function referenceDecision(
  policies: readonly cedar.PolicyJson[],
  question: Question,
  groups: ReadonlyMap<string, readonly string[]>,
): { readonly decision: "allow" | "deny"; readonly ids: readonly string[] } {
  const world = worldOf(question, groups);
  const holding = policies.filter((policy) => holds(policy, world));
  const forbidding = holding.filter(({ effect }) => effect === "forbid");
  const decision = forbidding.length === 0 && holding.length > 0 ? "allow" : "deny";
  const deciding = decision === "allow" ? holding : forbidding;
  return { decision, ids: deciding.map(({ annotations }) => annotations?.["id"] ?? "").toSorted() };
}

function holds({ principal, action, resource, conditions }: cedar.PolicyJson, world: World): boolean {
  return (
    inScope(principal, world.vars.principal, world) &&
    inScope(action, world.vars.action, world) &&
    inScope(resource, world.vars.resource, world) &&
    conditions.every(({ kind, body }) => asBool(evaluate(body as Node, world)) === (kind === "when"))
  );
}

function inScope(constraint: unknown, variable: Value, world: World): boolean {
  const { op, entity, entities } = constraint as {
    op: string;
    entity?: cedar.EntityUidJson;
    entities?: cedar.EntityUidJson[];
  };
  const uid = asEntity(variable);
  if (op === "All") return true;
  if (op === "==" && entity) return uid === uidOf(entity);
  if (op === "in")
    return [...(entity ? [entity] : []), ...(entities ?? [])].some((one) => isIn(uid, uidOf(one), world));
  throw new Error(`The reference knows no scope ${op}.`);
}

function isIn(uid: string, ancestor: string, world: World): boolean {
  return uid === ancestor || (world.parents.get(uid) ?? []).some((parent) => isIn(parent, ancestor, world));
}

function evaluate(node: Node, world: World): Value {
  const [op = "", body] = Object.entries(node)[0] ?? [];
  if (op === "Value") return valueOf(body);
  if (op === "Var") return world.vars[body as keyof World["vars"]];
  if (op === "Set") return new Set((body as Node[]).map((item) => keyOf(evaluate(item, world))));
  const { left, right, arg, attr, ...branches } = body as { left: Node; right: Node; arg: Node; attr: string } & Node;
  const l = (): Value => evaluate(left, world);
  const r = (): Value => evaluate(right, world);
  switch (op) {
    case "&&":
      return asBool(l()) && asBool(r());
    case "||":
      return asBool(l()) || asBool(r());
    case "!":
      return !asBool(evaluate(arg, world));
    case "if-then-else":
      return evaluate(
        (asBool(evaluate(branches["if"] as Node, world)) ? branches["then"] : branches["else"]) as Node,
        world,
      );
    case "==":
      return keyOf(l()) === keyOf(r());
    case "!=":
      return keyOf(l()) !== keyOf(r());
    case "<":
      return asNumber(l()) < asNumber(r());
    case ">":
      return asNumber(l()) > asNumber(r());
    case "<=":
      return asNumber(l()) <= asNumber(r());
    case ">=":
      return asNumber(l()) >= asNumber(r());
    case "-":
      return asNumber(l()) - asNumber(r());
    case "in": {
      const uid = asEntity(l());
      const of = r();
      const ancestors = of instanceof Set ? [...of] : [keyOf(of)];
      return ancestors.some((ancestor) => isIn(uid, ancestor, world));
    }
    case "contains":
      return asSet(l()).has(keyOf(r()));
    case "containsAll":
      return [...asSet(r())].every((item) => asSet(l()).has(item));
    case "containsAny":
      return [...asSet(r())].some((item) => asSet(l()).has(item));
    case "isEmpty":
      return asSet(evaluate(arg ?? left, world)).size === 0;
    case "has":
      return membersOf(l(), world).has(attr);
    case ".": {
      const found = membersOf(l(), world).get(attr);
      if (found === undefined) throw new Error(`There is no member ${attr}.`);
      return found;
    }
    default:
      throw new Error(`The reference knows no operator ${op}.`);
  }
}

function membersOf(value: Value, world: World): ReadonlyMap<string, Value> {
  if (typeof value === "object" && "record" in value) return value.record;
  return world.attrs.get(asEntity(value)) ?? new Map<string, Value>();
}

function worldOf(question: Question, groups: ReadonlyMap<string, readonly string[]>): World {
  const { principal, action, resource, context, entities } = question;
  const list = entities as readonly cedar.EntityJson[];
  return {
    vars: {
      principal: { uid: uidOf(principal) },
      action: { uid: uidOf(action) },
      resource: { uid: uidOf(resource) },
      context: valueOf(context),
    },
    attrs: new Map(list.map(({ uid, attrs }) => [uidOf(uid), recordOf(attrs)])),
    parents: new Map([...groups, ...list.map(({ uid, parents }) => [uidOf(uid), parents.map(uidOf)] as const)]),
  };
}

function uidOf(uid: cedar.EntityUidJson): string {
  const { type, id } = "__entity" in uid ? uid.__entity : uid;
  return `${type}::${id}`;
}

function valueOf(json: unknown): Value {
  if (typeof json === "boolean" || typeof json === "number" || typeof json === "string") return json;
  if (Array.isArray(json)) return new Set(json.map((item) => keyOf(valueOf(item))));
  if (typeof json === "object" && json !== null && "__entity" in json)
    return { uid: uidOf(json as cedar.EntityUidJson) };
  return { record: recordOf(json) };
}

function recordOf(json: unknown): ReadonlyMap<string, Value> {
  return new Map(Object.entries(json as object).map(([name, value]) => [name, valueOf(value)]));
}

/** Members of our sets are texts and entities: each has one key. */
function keyOf(value: Value): string {
  if (typeof value !== "object") return `${typeof value} ${String(value)}`;
  if ("uid" in value) return value.uid;
  if (value instanceof Set) return `{${[...(value as ReadonlySet<string>)].toSorted().join("|")}}`;
  throw new Error("The reference compares no records.");
}

function asBool(value: Value): boolean {
  if (typeof value === "boolean") return value;
  throw new Error("This is no truth value.");
}
function asNumber(value: Value): number {
  if (typeof value === "number") return value;
  throw new Error("This is no number.");
}
function asSet(value: Value): ReadonlySet<string> {
  if (value instanceof Set) return value as ReadonlySet<string>;
  throw new Error("This is no set.");
}
function asEntity(value: Value): string {
  if (typeof value === "object" && "uid" in value) return value.uid;
  throw new Error("This is no entity.");
}
