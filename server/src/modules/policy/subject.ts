import type { Session } from "../../session.ts";
import { networkPrefix } from "../ledger/index.ts";
import type { Network, Subject } from "./facts.ts";

/** Outside companies' people open no restricted cases; the desk's own open all that they are assigned to. */
const OWN_CLEARANCE = ["normal", "high", "restricted"];

/** Who asks, as far as the session says. What it does not know is absent, and the rules say what that means. */
export function subjectOf({
  user,
  org,
  orgKind,
  role,
  suspended,
  teams,
  managedDevice,
  auth,
  context,
}: Session): Subject {
  return {
    user,
    org,
    kind: orgKind === "desk" ? "staff" : "customer",
    role,
    suspended,
    clearance: OWN_CLEARANCE,
    teams,
    allowed: { networks: [], countries: [] },
    network: networkOf(context.address),
    auth,
    ...(managedDevice === null ? {} : { managedDevice }),
  };
}

function networkOf(address: string | undefined): Network {
  const prefix = (address === undefined ? null : networkPrefix(address)) ?? "unknown";
  return { prefix, names: [prefix], moved: false };
}
