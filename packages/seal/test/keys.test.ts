import { describe, expect, it } from "vitest";
import { fromBase64url, newId, toBase64url } from "@breakwater/wire";
import {
  ARGON2_PARAMS,
  authTokenHash,
  fingerprint,
  fingerprintWords,
  generateSigningKey,
  inviteSecrets,
  inviteTokenHash,
  makeInviteFragment,
  makeInviteLink,
  newPassphraseSalt,
  newSecret,
  newUserKey,
  openIdentity,
  openInviteTeam,
  parseInviteFragment,
  passphraseKeys,
  prfInput,
  prfWrapKey,
  sealIdentity,
  sealInviteTeam,
  unwrapUserKey,
  wrapUserKey,
  type Identity,
} from "../src/index.ts";
import { sealSmall } from "../src/webcrypto.ts";

describe("inviteSecrets", () => {
  it("gives three independent secrets, the same for the same link and others for another", async () => {
    const secret = newSecret();
    const [one, again, other] = [
      await inviteSecrets(secret),
      await inviteSecrets(secret),
      await inviteSecrets(newSecret()),
    ];
    expect(one).toEqual(again);
    expect(other.token).not.toBe(one.token);
    const values = [one.token, toBase64url(one.key.seed), toBase64url(one.teamKey), toBase64url(secret)];
    expect(new Set(values).size).toBe(4);
    expect(inviteTokenHash(one.token)).not.toBe(one.token);
    await expect(inviteSecrets(new Uint8Array(16))).rejects.toMatchObject({ code: "invite.link" });
  });

  it("carries a team key to whoever holds the link, for that invitation only", async () => {
    const [secrets, other] = [await inviteSecrets(newSecret()), await inviteSecrets(newSecret())];
    const [invite, team] = [newId("invite"), newSecret()];
    const sealed = await sealInviteTeam(secrets, invite, team);
    expect(await openInviteTeam(secrets, invite, sealed)).toEqual(team);
    await expect(openInviteTeam(secrets, newId("invite"), sealed)).rejects.toMatchObject({ code: "invite.open" });
    await expect(openInviteTeam(other, invite, sealed)).rejects.toMatchObject({ code: "invite.open" });
    await expect(openInviteTeam(secrets, invite, sealed.fill(0, 20, 21))).rejects.toMatchObject({
      code: "invite.open",
    });
  });
});

describe("makeInviteLink and parseInviteFragment", () => {
  it("are inverse with none, one and two pins", async () => {
    const pins = [
      fingerprint((await generateSigningKey()).publicKey),
      fingerprint((await generateSigningKey()).publicKey),
    ];
    for (const count of [0, 1, 2]) {
      const link = { secret: newSecret(), pins: pins.slice(0, count) };
      expect(parseInviteFragment(makeInviteFragment(link))).toEqual(link);
      const url = new URL(makeInviteLink("https://desk.example/", link));
      expect(url.pathname).toBe("/enrol");
      expect(parseInviteFragment(url.hash)).toEqual(link);
    }
  });

  it("refuse what was cut or made up", () => {
    const secret = toBase64url(newSecret());
    for (const text of [
      "",
      "#",
      secret.slice(1),
      `${secret}.`,
      `${secret}.abc`,
      `${secret}.${secret}.${secret}.${secret}`,
      `${secret} `,
      `x${secret}`,
    ]) {
      expect(() => parseInviteFragment(text)).toThrow(expect.objectContaining({ code: "invite.link" }));
    }
  });
});

describe("fingerprint", () => {
  it("is 12 words of the checksummed list, and differs by key", async () => {
    const [a, b] = [await generateSigningKey(), await generateSigningKey()];
    const words = fingerprintWords(fingerprint(a.publicKey));
    expect(words).toHaveLength(12);
    expect(fingerprint(toBase64url(a.publicKey))).toBe(fingerprint(a.publicKey));
    expect(fingerprintWords(fingerprint(b.publicKey))).not.toEqual(words);
    expect(() => fingerprintWords("x")).toThrow(expect.objectContaining({ code: "fingerprint.invalid" }));
    expect(() => fingerprint(new Uint8Array(31))).toThrow(expect.objectContaining({ code: "key.invalid" }));
  });
});

describe("wrapUserKey and unwrapUserKey", () => {
  const user = newId("user");

  it("unlock by passkey: only with that credential's secret, user, method and id", async () => {
    const [userKey, prf, credential] = [newUserKey(), newSecret(), newSecret()];
    const place = { user, method: "prf" as const, id: toBase64url(credential) };
    const wrapped = await wrapUserKey(userKey, place, prfWrapKey(prf, credential));
    expect(await unwrapUserKey(wrapped, place, prfWrapKey(prf, credential))).toEqual(userKey);
    const attempts = [
      () => unwrapUserKey(wrapped, place, prfWrapKey(newSecret(), credential)),
      () => unwrapUserKey(wrapped, place, prfWrapKey(prf, newSecret())),
      () => unwrapUserKey(wrapped, { ...place, user: newId("user") }, prfWrapKey(prf, credential)),
      () => unwrapUserKey(wrapped, { ...place, method: "passphrase" }, prfWrapKey(prf, credential)),
      () => unwrapUserKey(wrapped, { ...place, id: "other" }, prfWrapKey(prf, credential)),
      () => unwrapUserKey(wrapped.subarray(0, 20), place, prfWrapKey(prf, credential)),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ code: "userkey.open" });
    expect(() => prfWrapKey(new Uint8Array(16), credential)).toThrow(
      expect.objectContaining({ code: "userkey.limits" }),
    );
    expect(prfInput()).toHaveLength(32);
  });

  it("unlock by passphrase: the same in every spelling of Unicode; the sign-in token unlocks nothing", async () => {
    const [userKey, salt] = [newUserKey(), newPassphraseSalt()];
    const place = { user, method: "passphrase" as const, id: "pw" };
    const keys = await passphraseKeys("caf\u00e9 correct horse", salt);
    const wrapped = await wrapUserKey(userKey, place, keys.wrapKey);
    const typed = await passphraseKeys("cafe\u0301 correct horse", salt, ARGON2_PARAMS);
    expect(await unwrapUserKey(wrapped, place, typed.wrapKey)).toEqual(userKey);
    expect(typed.authToken).toBe(keys.authToken);
    expect(authTokenHash(keys.authToken)).not.toBe(keys.authToken);
    await expect(unwrapUserKey(wrapped, place, fromBase64url(keys.authToken))).rejects.toMatchObject({
      code: "userkey.open",
    });
  });

  it("refuse parameters that a server weakened or blew up", async () => {
    const salt = newPassphraseSalt();
    const bad = [
      { m: 1024 },
      { t: 1 },
      { p: 1 },
      { m: 2 ** 24 },
      { t: 1000 },
      { p: 255 },
      { m: Number.NaN },
      { t: 3.5 },
    ];
    for (const change of bad) {
      await expect(passphraseKeys("x", salt, { ...ARGON2_PARAMS, ...change })).rejects.toMatchObject({
        code: "userkey.limits",
      });
    }
    await expect(passphraseKeys("x", new Uint8Array(8))).rejects.toMatchObject({ code: "userkey.limits" });
    await expect(passphraseKeys("", salt)).rejects.toMatchObject({ code: "userkey.limits" });
  });
});

describe("sealIdentity and openIdentity", () => {
  it("are inverse, for that person and user key only", async () => {
    const [user, userKey] = [newId("user"), newUserKey()];
    const identity: Identity = {
      v: 1,
      user,
      hpke: toBase64url(newSecret()),
      sign: toBase64url(newSecret()),
      root: toBase64url(newSecret()),
      teams: { [`${newId("team")}#1`]: toBase64url(newSecret()) },
      pins: [fingerprint(newSecret())],
    };
    const sealed = await sealIdentity(identity, userKey);
    expect(await openIdentity(sealed, user, userKey)).toEqual(identity);
    await expect(openIdentity(sealed, newId("user"), userKey)).rejects.toMatchObject({ code: "userkey.open" });
    await expect(openIdentity(sealed, user, newUserKey())).rejects.toMatchObject({ code: "userkey.open" });
    const aad = new TextEncoder().encode(`breakwater/v1/identity\0${user}`);
    const anothers = await sealSmall(
      userKey,
      aad,
      new TextEncoder().encode(JSON.stringify({ ...identity, user: newId("user") })),
    );
    await expect(openIdentity(anothers, user, userKey)).rejects.toMatchObject({ code: "identity.invalid" });
    const odd = await sealIdentity({ ...identity, teams: { nonsense: identity.hpke } }, userKey);
    await expect(openIdentity(odd, user, userKey)).rejects.toMatchObject({ code: "identity.invalid" });
  });
});
