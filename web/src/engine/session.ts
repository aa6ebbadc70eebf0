import {
  openIdentity,
  openTeamKey,
  openTeamPrevious,
  passphraseKeys,
  prfWrapKey,
  recoveryKeys,
  signingKeyFromSeed,
  unwrapUserKey,
  type Identity,
  type PassphraseKeys,
  type SigningKey,
} from "@breakwater/seal";
import { fromBase64url } from "@breakwater/wire";
import type { EngineEvent, EngineState, Unlock, WrapJson } from "./api.ts";
import type { TeamKeyJson } from "./peopleapi.ts";
import { EngineError } from "./error.ts";
import { recoverySecret } from "./words.ts";

/** An unlocked identity. INVARIANT: secret keys exist in this worker only, and only while this object does. */
export interface Keys {
  readonly identity: Identity;
  readonly userKey: Uint8Array<ArrayBuffer>;
  readonly sign: SigningKey;
}

export const IDLE_MS = 15 * 60_000;
/** How long a stretched passphrase waits for the unlock that follows signing in. */
const STRETCHED_MS = 60_000;

export class Session {
  #keys: Keys | undefined;
  #user: string | undefined;
  #pins: readonly string[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stretched: { readonly passphrase: string; readonly salt: string; readonly keys: PassphraseKeys } | undefined;
  readonly #caseKeys = new Map<string, Uint8Array>();
  #teams = new Map<string, TeamKeyJson>();
  readonly #tell: (event: EngineEvent) => void;

  constructor(tell: (event: EngineEvent) => void) {
    this.#tell = tell;
  }

  /** Keys, for work that needs them; every use starts the idle time again. */
  keys(): Keys {
    if (!this.#keys) throw new EngineError("engine.locked", "Your keys are locked. Unlock them to go on.");
    this.#touch();
    return this.#keys;
  }

  /** Who was unlocked last: acts are signed by the device key, which needs no unlock. */
  who(): { readonly user: string; readonly kind: "staff" | "customer" } {
    if (this.#user === undefined) throw new EngineError("engine.locked", "Sign in and unlock your keys first.");
    // Staff pin the desk alone; a customer's people pin the desk and their own root (docs/protocol.md 2.3).
    return { user: this.#user, kind: this.#pins.length > 1 ? "customer" : "staff" };
  }

  pins(): readonly string[] {
    if (this.#pins.length === 0)
      throw new EngineError(
        "engine.locked",
        "Unlock your keys first: they hold the pins that everything is checked against.",
      );
    return this.#pins;
  }

  state(): EngineState {
    const identity = this.#keys?.identity;
    return {
      user: identity?.user,
      pins: identity?.pins ?? [],
      teams: Object.keys(identity?.teams ?? {}),
      isRoot: identity?.root !== undefined,
    };
  }

  async open(identity: Identity, userKey: Uint8Array<ArrayBuffer>): Promise<EngineState> {
    this.#drop();
    this.#keys = { identity, userKey, sign: await signingKeyFromSeed(fromBase64url(identity.sign)) };
    this.#user = identity.user;
    this.#pins = identity.pins;
    this.#touch();
    const state = this.state();
    this.#tell({ type: "unlocked", state });
    return state;
  }

  lock(reason: "idle" | "asked"): void {
    if (!this.#keys) return;
    this.#drop();
    this.#tell({ type: "locked", reason });
  }

  async unlock(input: {
    readonly user: string;
    readonly wraps: readonly WrapJson[];
    readonly identity: string;
    readonly unlock: Unlock;
    readonly teamKeys?: readonly TeamKeyJson[] | undefined;
  }): Promise<EngineState> {
    if (input.teamKeys) this.holdTeams(input.teamKeys);
    const userKey = await this.#userKey(input.user, input.wraps, input.unlock);
    return this.open(await openIdentity(fromBase64url(input.identity), input.user, userKey), userKey);
  }

  async stretch(passphrase: string, salt: string): Promise<PassphraseKeys> {
    const kept = this.#stretched;
    if (kept && kept.salt === salt && kept.passphrase === passphrase) return kept.keys;
    const keys = await passphraseKeys(passphrase, fromBase64url(salt));
    const stretched = { passphrase, salt, keys };
    this.#stretched = stretched;
    setTimeout(() => {
      if (this.#stretched === stretched) this.#stretched = undefined;
    }, STRETCHED_MS);
    return keys;
  }

  /** The keys of this person's teams as the server hands them on; each unlock and each change of a team brings them anew. */
  holdTeams(teams: readonly TeamKeyJson[]): void {
    this.#teams = new Map(teams.map((team) => [team.team, team]));
  }

  /** The secret key of "<team>#<epoch>": held in the identity, wrapped to the person, or read from the epoch behind it. */
  async teamKey(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const { identity } = this.keys();
    const own = identity.teams[id];
    if (own !== undefined) return fromBase64url(own);
    const [team = "", number] = id.split("#");
    const held = this.#teams.get(team);
    const epoch = Number(number);
    if (!held || !(epoch <= held.epoch)) return undefined;
    if (epoch === held.epoch) {
      if (!held.wrap) return undefined;
      const wrap = { user: identity.user, ...held.wrap };
      return openTeamKey({ org: held.org, team, epoch }, wrap, fromBase64url(identity.hpke));
    }
    const behind = held.earlier.find((one) => one.epoch === epoch + 1);
    const later = behind && (await this.teamKey(`${team}#${epoch + 1}`));
    if (!later) return undefined;
    return openTeamPrevious({ org: held.org, team, epoch: epoch + 1, prev: behind.prev }, later);
  }

  /** Case keys once opened, by `<case>#<epoch>`: opening one costs milliseconds, and a list of cases asks for many. */
  async caseKey(id: string, open: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const known = this.#caseKeys.get(id);
    if (known) return known;
    const key = await open();
    if (this.#keys) this.#caseKeys.set(id, key);
    return key;
  }

  async #userKey(user: string, wraps: readonly WrapJson[], unlock: Unlock): Promise<Uint8Array<ArrayBuffer>> {
    if (unlock.method === "prf") {
      const wrap = wraps.find((one) => one.method === "prf" && one.id === unlock.id);
      if (!wrap)
        throw new EngineError(
          "engine.noKey",
          "Your keys are not wrapped to this passkey. Use another passkey or your passphrase.",
        );
      const wrapKey = prfWrapKey(unlock.prfOutput, fromBase64url(unlock.id));
      return unwrapUserKey(fromBase64url(wrap.wrapped), { user, method: "prf", id: wrap.id }, wrapKey);
    }
    if (unlock.method === "recovery") {
      const wrap = wraps.find((one) => one.method === "recovery");
      if (!wrap) throw new EngineError("engine.noKey", "Your keys are not wrapped to recovery words.");
      const { wrapKey } = recoveryKeys(await recoverySecret(unlock.words));
      return unwrapUserKey(fromBase64url(wrap.wrapped), { user, method: "recovery", id: wrap.id }, wrapKey);
    }
    const wrap = wraps.find((one) => one.method === "passphrase");
    if (wrap?.salt === undefined)
      throw new EngineError("engine.noKey", "Your keys are not wrapped to a passphrase. Use your passkey.");
    const { wrapKey } = await this.stretch(unlock.passphrase, wrap.salt);
    return unwrapUserKey(fromBase64url(wrap.wrapped), { user, method: "passphrase", id: wrap.id }, wrapKey);
  }

  #touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.lock("idle"), IDLE_MS);
  }

  #drop(): void {
    clearTimeout(this.#timer);
    this.#keys?.userKey.fill(0);
    this.#keys?.sign.seed.fill(0);
    for (const key of this.#caseKeys.values()) key.fill(0);
    this.#caseKeys.clear();
    this.#keys = undefined;
    this.#stretched = undefined;
  }
}
