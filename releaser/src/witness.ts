import { authenticate, decide, makeVerifier, type Verifier } from "@breakwater/ledger";
import { fromBase64url, isId } from "@breakwater/wire";
import type { House } from "./house.ts";
import { headRecord } from "./state.ts";

export interface WitnessAnswer {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const PLAIN = "text/plain; charset=utf-8";

/** c2sp.org/tlog-witness, "add-checkpoint", for every log of the pinned desk. */
export async function addCheckpoint(body: Uint8Array, house: House): Promise<WitnessAnswer> {
  const { state, journal, cosigner } = house;
  const authentic = await authenticate(body, (origin) => keysOf(origin, house));
  if (authentic.status !== 200) return { status: authentic.status, type: PLAIN, body: `${authentic.reason}\n` };
  const { request } = authentic;
  const { origin } = request.checkpoint;
  // Read, decide and apply without waiting in between: two requests cannot roll the witness back.
  const decided = decide(state.head(origin), request);
  if (decided.status === 409) return { status: 409, type: "text/x.tlog.size", body: `${decided.size}\n` };
  if (decided.status !== 200) return { status: decided.status, type: PLAIN, body: `${decided.reason}\n` };
  const record = headRecord(origin, decided.next);
  state.apply(record);
  await journal.append(record);
  return { status: 200, type: PLAIN, body: await cosigner.cosign(request.text, Math.floor(house.now() / 1000)) };
}

async function keysOf(origin: string, house: House): Promise<readonly Verifier[] | undefined> {
  const { pin } = house.state;
  if (!pin) return undefined;
  const { logHost, logKey } = await house.trustOf(pin.statements, pin.desk);
  if (logHost === undefined || logKey === undefined || !origin.startsWith(`${logHost}/log/`)) return undefined;
  const log = origin.slice(`${logHost}/log/`.length);
  if (log !== "global" && !isId("org", log)) return undefined;
  return [await makeVerifier({ name: origin, publicKey: fromBase64url(logKey) })];
}
