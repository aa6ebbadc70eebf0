import type { Session } from "../../session.ts";
import { networkPrefix } from "../ledger/index.ts";
import type { Network, Subject, VendorFacts } from "./facts.ts";

/** Outside companies' people open no restricted cases; the desk's own open all that they are assigned to. */
const OWN_CLEARANCE = ["normal", "high", "restricted"];
const VENDOR_CLEARANCE = ["normal", "high"];

/** Who asks, as far as the session says. What it does not know is absent, and the rules say what that means. */
export function subjectOf({
  user,
  org,
  orgKind,
  role,
  suspended,
  teams,
  vendor,
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
    clearance: vendor === null ? OWN_CLEARANCE : VENDOR_CLEARANCE,
    teams,
    ...(vendor === null ? {} : { vendor: unknownVendor(vendor) }),
    allowed: { networks: [], countries: [] },
    network: networkOf(context.address),
    auth,
    ...(managedDevice === null ? {} : { managedDevice }),
  };
}

/** A company of which nothing is known may do nothing. */
function unknownVendor(vendor: string): VendorFacts {
  const nothing = { contractUntil: 0, reviewBy: 0, managedDevice: true, networks: [], countries: [] };
  return { vendor, active: false, ...nothing };
}

function networkOf(address: string | undefined): Network {
  const prefix = (address === undefined ? null : networkPrefix(address)) ?? "unknown";
  return { prefix, names: [prefix], moved: false };
}
