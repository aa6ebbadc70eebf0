import type * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Question } from "./cedar.ts";

export interface Subject {
  readonly user: string;
  readonly org: string;
  readonly kind: "staff" | "customer" | "service";
  readonly role: string;
  readonly suspended: boolean;
}
export interface CaseFacts {
  readonly case: string;
  readonly org: string;
  readonly state: string;
  readonly sensitivity: string;
  readonly assignees: readonly string[];
}
export interface FileFacts {
  readonly file: string;
  readonly org: string;
  readonly case: CaseFacts;
  readonly sealed: boolean;
  readonly sanitised: boolean;
  /** Needs a second person's approval. */
  readonly fourEyes: boolean;
}
/** Times in milliseconds since 1970. */
export interface GrantFacts {
  readonly grantee: string;
  readonly purpose: string;
  readonly parts: readonly string[];
  readonly nbf: number;
  readonly exp: number;
  readonly approvers: readonly string[];
}

export type PolicyRequest = { readonly subject: Subject } & (
  | { readonly action: "case.open"; readonly org: string }
  | { readonly action: "case.read" | "case.assign" | "case.close" | "file.upload"; readonly case: CaseFacts }
  | { readonly action: "file.meta" | "file.fetch"; readonly file: FileFacts }
  | { readonly action: "grant.request"; readonly file: FileFacts; readonly grant: GrantFacts; readonly now: number }
  | {
      readonly action: "key.release";
      readonly file: FileFacts;
      readonly why: string;
      readonly parts: readonly string[];
      readonly now: number;
      readonly grant: GrantFacts | undefined;
    }
);

/** Only the slice of entities that the question is about: Cedar parses them on every call. */
export function questionOf(request: PolicyRequest): Question {
  const { subject } = request;
  const asked = resourceOf(request);
  const entities = [personOf(subject), ...asked.entities];
  const known = new Set(entities.map(({ uid }) => keyOf(uid)));
  const orgs = [...new Set([subject.org, asked.org])].map((id) => entity("Org", id, {}));
  const others = (asked.people ?? []).filter((id) => !known.has(`Person ${id}`));
  return {
    principal: { type: "Person", id: subject.user },
    action: { type: "Action", id: request.action },
    resource: asked.uid,
    context: contextOf(request),
    // Other people are only compared, never looked into.
    entities: [
      ...entities,
      ...orgs,
      ...[...new Set(others)].map((id) =>
        personOf({ user: id, org: subject.org, kind: "staff", role: "", suspended: false }),
      ),
    ],
  };
}

interface Asked {
  readonly uid: cedar.TypeAndId;
  readonly org: string;
  readonly entities: readonly cedar.EntityJson[];
  readonly people?: readonly string[];
}

function resourceOf(request: PolicyRequest): Asked {
  if (request.action === "case.open") return { uid: { type: "Org", id: request.org }, org: request.org, entities: [] };
  if ("case" in request) {
    const uid = { type: "Case", id: request.case.case };
    return { uid, org: request.case.org, entities: [caseOf(request.case)], people: request.case.assignees };
  }
  const { file } = request;
  const grant = "grant" in request ? request.grant : undefined;
  return {
    uid: { type: "File", id: file.file },
    org: file.org,
    entities: [caseOf(file.case), fileOf(file)],
    people: [...file.case.assignees, ...(grant ? [grant.grantee, ...grant.approvers] : [])],
  };
}

function contextOf(request: PolicyRequest): cedar.Context {
  if (request.action === "grant.request") return { grant: grantOf(request.grant), now: request.now };
  if (request.action !== "key.release") return {};
  const { why, parts, now, grant } = request;
  return { why, parts: [...parts], now, ...(grant ? { grant: grantOf(grant) } : {}) };
}

function personOf({ user, org, kind, role, suspended }: Subject): cedar.EntityJson {
  return entity("Person", user, { org: ref("Org", org), kind, role, suspended });
}

function caseOf({ case: id, org, state, sensitivity, assignees }: CaseFacts): cedar.EntityJson {
  return entity("Case", id, {
    org: ref("Org", org),
    state,
    sensitivity,
    assignees: assignees.map((user) => ref("Person", user)),
  });
}

function fileOf({ file, org, case: of, sealed, sanitised, fourEyes }: FileFacts): cedar.EntityJson {
  const attrs = { org: ref("Org", org), case: ref("Case", of.case), sealed, sanitised, fourEyes };
  return { ...entity("File", file, attrs), parents: [{ type: "Case", id: of.case }] };
}

function grantOf({ grantee, purpose, parts, nbf, exp, approvers }: GrantFacts): cedar.CedarValueJson {
  return {
    grantee: ref("Person", grantee),
    purpose,
    parts: [...parts],
    nbf,
    exp,
    approvers: approvers.map((user) => ref("Person", user)),
  };
}

function entity(type: string, id: string, attrs: cedar.EntityJson["attrs"]): cedar.EntityJson {
  return { uid: { type, id }, attrs, parents: [] };
}

function ref(type: string, id: string): { __entity: cedar.TypeAndId } {
  return { __entity: { type, id } };
}

function keyOf(uid: cedar.EntityUidJson): string {
  const { type, id } = "__entity" in uid ? uid.__entity : uid;
  return `${type} ${id}`;
}
