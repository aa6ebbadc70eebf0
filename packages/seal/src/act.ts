import { actMessage, type Act, type Leaf } from "@breakwater/ledger";
import { fromBase64url, toBase64url } from "@breakwater/wire";
import { es256Sign, es256Verify, type DeviceKey } from "./device.ts";
import { SealError } from "./error.ts";
import type { PublicJwk } from "./jwk.ts";
import type { Person } from "./people.ts";
import type { TrustedDevice } from "./keys.ts";
import type { Trust } from "./trust.ts";

/** An act with its signature, as the client sends it (protocol 4.1). */
export interface SignedAct extends Act {
  readonly asig: string;
}

export async function signAct(act: Act, device: DeviceKey): Promise<SignedAct> {
  return { ...act, asig: toBase64url(await es256Sign(device, actMessage(act))) };
}

/** Throws act.signature unless `asig` is the device's over the members that a person signs. */
export async function verifyAct(act: SignedAct | Leaf, device: PublicJwk): Promise<void> {
  const { asig } = act;
  if (asig === undefined || !/^[A-Za-z0-9_-]{85}[AQgw]$/.test(asig))
    throw new SealError("act.signature", "The act is not signed by a device.");
  if (!(await es256Verify(device, actMessage(act), fromBase64url(asig)))) {
    throw new SealError(
      "act.signature",
      "The act's signature is not by the device that it names, or the act was changed.",
    );
  }
}

/** The person and device behind an act: chained from the pins, on the right side, and signed. */
export async function verifyActor(
  act: SignedAct | Leaf,
  trust: Trust,
): Promise<{ readonly person: Person; readonly device: TrustedDevice }> {
  const { id, kind, dev } = act.actor;
  const person = trust.person(id);
  if (!person) throw new SealError("trust.person", `The actor ${id} does not chain to a pinned root.`);
  const staff = person.org === trust.desk.id;
  if (kind !== (staff ? "staff" : "customer"))
    throw new SealError("trust.person", `The actor ${id} is not of the kind "${kind}".`);
  if (!staff && act.org !== person.org)
    throw new SealError("trust.person", `The actor ${id} belongs to another organisation than the act's.`);
  const device = dev === undefined ? undefined : trust.device(dev);
  if (device?.person.user !== id)
    throw new SealError("trust.device", `The act's device is not one that ${id} enrolled.`);
  await verifyAct(act, device.jwk);
  return { person, device };
}
