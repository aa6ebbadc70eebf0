import type * as cedar from "@cedar-policy/cedar-wasm/nodejs";
import type { Question } from "./cedar.ts";
import type {
  CaseFacts,
  FileFacts,
  GrantFacts,
  Network,
  OpeningRules,
  PolicyRequest,
  Subject,
  VendorFacts,
} from "./facts.ts";

/** Only the slice of entities that the question is about: Cedar parses them on every call. */
export function questionOf(request: PolicyRequest, now: number): Question {
  const { subject } = request;
  const asked = resourceOf(request);
  const orgs = [...new Set([subject.org, asked.org])].map((id) => orgOf(id, subject, asked));
  return {
    principal: { type: "Person", id: subject.user },
    action: { type: "Action", id: request.action },
    resource: asked.uid,
    context: contextOf(request, now),
    // Other people and teams are only compared, never looked into: Cedar needs no entities of them.
    entities: [...personOf(subject), ...asked.entities, ...orgs],
  };
}

interface Asked {
  readonly uid: cedar.TypeAndId;
  readonly org: string;
  readonly entities: readonly cedar.EntityJson[];
  readonly rules?: OpeningRules;
}

function resourceOf(request: PolicyRequest): Asked {
  if ("case" in request) {
    const uid = { type: "Case", id: request.case.case };
    return { uid, org: request.case.org, entities: [caseOf(request.case)] };
  }
  if (!("file" in request)) return { uid: { type: "Org", id: request.org }, org: request.org, entities: [] };
  const { file } = request;
  return {
    uid: { type: "File", id: file.file },
    org: file.org,
    entities: [caseOf(file.case), fileOf(file)],
    rules: file.rules,
  };
}

function contextOf(request: PolicyRequest, now: number): cedar.Context {
  const { network, auth, managedDevice } = request.subject;
  const plain = {
    now,
    network: networkOf(network),
    auth: { ...auth },
    ...(managedDevice === undefined ? {} : { managedDevice }),
  };
  if (request.action === "key.release") {
    const { why, parts, grant } = request;
    return { ...plain, why, parts: [...parts], ...(grant ? { grant: grantOf(grant) } : {}) };
  }
  return "grant" in request ? { ...plain, grant: grantOf(request.grant) } : plain;
}

function networkOf({ names, ...network }: Network): cedar.CedarValueJson {
  return { ...network, names: [...names] };
}

/** Where people of an organisation may work from is known of the asker's own, what it demands of an opening of the file's. */
function orgOf(id: string, subject: Subject, { org, rules }: Asked): cedar.EntityJson {
  const { networks, countries } = id === subject.org ? subject.allowed : { networks: [], countries: [] };
  const { approve, breakGlass } = (id === org ? rules : undefined) ?? { approve: "none", breakGlass: true };
  return entity("Org", id, { approve, breakGlass, networks: [...networks], countries: [...countries] });
}

function personOf(subject: Subject): cedar.EntityJson[] {
  const { user, org, kind, role, suspended, clearance, teams, vendor, jurisdictions } = subject;
  const person = entity("Person", user, {
    org: ref("Org", org),
    kind,
    role,
    suspended,
    clearance: [...clearance],
    teams: teams.map((team) => ref("Team", team)),
    ...(vendor ? { vendor: ref("Vendor", vendor.vendor) } : {}),
    ...(jurisdictions ? { jurisdictions: [...jurisdictions] } : {}),
  });
  return vendor ? [person, vendorOf(vendor)] : [person];
}

function vendorOf({ vendor, networks, countries, ...facts }: VendorFacts): cedar.EntityJson {
  return entity("Vendor", vendor, { ...facts, networks: [...networks], countries: [...countries] });
}

function caseOf({ case: id, org, assignees, team, ...facts }: CaseFacts): cedar.EntityJson {
  return entity("Case", id, {
    ...facts,
    org: ref("Org", org),
    assignees: assignees.map((user) => ref("Person", user)),
    ...(team === undefined ? {} : { team: ref("Team", team) }),
  });
}

function fileOf({ file, org, case: of, sealed, sanitised, fourEyes }: FileFacts): cedar.EntityJson {
  const attrs = { org: ref("Org", org), case: ref("Case", of.case), sealed, sanitised, fourEyes };
  return { ...entity("File", file, attrs), parents: [{ type: "Case", id: of.case }] };
}

function grantOf({ grantee, parts, leads, customers, ...facts }: GrantFacts): cedar.CedarValueJson {
  return {
    ...facts,
    grantee: ref("Person", grantee),
    parts: [...parts],
    leads: leads.map((user) => ref("Person", user)),
    customers: customers.map((user) => ref("Person", user)),
  };
}

function entity(type: string, id: string, attrs: cedar.EntityJson["attrs"]): cedar.EntityJson {
  return { uid: { type, id }, attrs, parents: [] };
}

function ref(type: string, id: string): { __entity: cedar.TypeAndId } {
  return { __entity: { type, id } };
}
