import {
  ORDERS,
  parseOrderRequest,
  signOrderDone,
  verifyActor,
  verifyOrderDone,
  type OrderRequest,
  type SignedOrderDone,
  type Trust,
} from "@breakwater/seal";
import type { Leaf } from "@breakwater/ledger";
import { toBase64url } from "@breakwater/wire";
import { ReleaserError } from "./error.ts";
import type { House } from "./house.ts";
import { checkConsistency, checkLogged, refuseAs, signedWhenLogged, type LoggedLeaf } from "./logged.ts";
import type { OrderRecord } from "./record.ts";
import { headRecord } from "./state.ts";

/** Who may order: the customer's administrators about their own organisation, the desk's administrators and leads. */
const DESK_ROLES: readonly string[] = ["admin", "lead"];

/**
 * Protocol 13: a logged order to destroy, delete or hold. It is carried out before the answer, and persisted before that.
 * An order does not grow stale: it is said again after each start, so that a store restored from a copy learns it anew.
 */
export async function order(body: Uint8Array, house: House): Promise<SignedOrderDone> {
  const { state, keys, journal } = house;
  const { request, trust } = await readRequest(body, house);
  const shown = await checkLogged(request, trust, state);
  const record = recordOf(shown, house.now());
  if (!(await wasDone(request, record, house))) {
    if (shown.leaf.actor.kind === "server") await checkRetention(shown, request, trust, house);
    else await checkAuthority(shown.leaf, trust);
  }
  if (!state.orders.isOld(record)) {
    // From here to `apply` nothing waits.
    checkConsistency(request, shown.checkpoint, state);
    state.orders.checkNotHeld(record);
    state.apply(record);
    const head = headRecord(shown.checkpoint.origin, shown.checkpoint);
    state.apply(head);
    await Promise.all([journal.append(record), journal.append(head)]);
  }
  if (record.order === "key.shred") keys.destroy(record.case);
  const { order: done, case: caseId, file } = record;
  return signOrderDone(
    {
      v: 1,
      leaf: record.leaf,
      order: done,
      case: caseId,
      ...(file === undefined ? {} : { file }),
      at: new Date(house.now()).toISOString(),
    },
    keys.sign,
  );
}

/** Every order was said again since the start: what is left may be opened. */
export async function settle(house: House): Promise<{ readonly settled: true }> {
  house.settled = true;
  return { settled: true };
}

/** A store that has lived before opens nothing until it has heard every order. */
export function checkSettled(house: House): void {
  if (!house.settled)
    throw new ReleaserError(
      "order.unsettled",
      "The releaser has just started and was not yet told what was destroyed meanwhile. Try again.",
    );
}

async function readRequest(body: Uint8Array, house: House): Promise<{ request: OrderRequest; trust: Trust }> {
  const { pin } = house.state;
  if (!pin) throw new ReleaserError("pin.missing", "This releaser is not pinned to a desk yet, so it believes nobody.");
  const request = await refuseAs("request.invalid", () => parseOrderRequest(body));
  const trust = await refuseAs("order.actor", () =>
    house.trustOf([...pin.statements, ...request.statements], pin.desk),
  );
  return { request, trust };
}

function recordOf({ leaf, index, hash }: LoggedLeaf, now: number): OrderRecord {
  const found = ORDERS.find((one) => one === leaf.t);
  if (found === undefined || leaf.case === undefined || (found === "file.delete" && leaf.file === undefined))
    throw new ReleaserError("order.leaf", "The log's entry orders nothing that the releaser does.");
  return {
    t: "order",
    order: found,
    org: leaf.org,
    case: leaf.case,
    ...(leaf.file === undefined || found === "key.shred" ? {} : { file: leaf.file }),
    index,
    leaf: toBase64url(hash),
    at: now,
  };
}

/** People lose roles and leave; what this releaser carried out for them once stays carried out. */
async function wasDone({ done }: OrderRequest, { leaf }: OrderRecord, { keys }: House): Promise<boolean> {
  if (done === undefined) return false;
  const before = await refuseAs("order.leaf", () => verifyOrderDone(done, toBase64url(keys.sign.publicKey)));
  if (before.leaf !== leaf) throw new ReleaserError("order.leaf", "The confirmation is of another order.");
  return true;
}

const DAY_MS = 86_400_000;

/**
 * The sweep is nobody's act, so its right is shown: a signed rule of the customer or the desk with that number of days, and
 * the log's entry that the case was closed at least as long ago.
 */
async function checkRetention({ leaf, checkpoint }: LoggedLeaf, request: OrderRequest, trust: Trust, house: House) {
  const days = Number(/^retention:([1-9]\d{0,3})$/.exec(leaf.what ?? "")?.[1]);
  const rules = [trust.settings(leaf.org), trust.settings(trust.desk.id)].flatMap((settings) =>
    Object.values(settings?.retention ?? {}),
  );
  if (leaf.t !== "key.shred" || !rules.includes(days))
    throw new ReleaserError("order.actor", "No signed rule about retention allows this sweep.");
  const { closed } = request;
  const shown = closed && (await checkLogged({ ...request, ...closed }, trust, house.state));
  const fits =
    shown?.leaf.t === "case.close" &&
    shown.leaf.case === leaf.case &&
    shown.checkpoint.origin === checkpoint.origin &&
    Date.parse(shown.leaf.ts) + days * DAY_MS <= house.now();
  if (!fits) throw new ReleaserError("order.leaf", `The case was not shown to be closed for ${days} days.`);
}

/** The act is signed by the person's device, was fresh when it was logged, and the person may give such orders. */
async function checkAuthority(leaf: Leaf, trust: Trust): Promise<void> {
  const { person } = await refuseAs("order.actor", () => verifyActor(leaf, trust));
  const allowed = person.org === trust.desk.id ? DESK_ROLES.includes(person.role) : person.role === "admin";
  if (!allowed || !trust.mayAct(person.user, leaf.actor.dev))
    throw new ReleaserError("order.actor", "Only administrators and the desk's leads destroy, delete or hold.");
  if (!signedWhenLogged(leaf)) throw new ReleaserError("order.leaf", "The order was not logged when it was signed.");
}
