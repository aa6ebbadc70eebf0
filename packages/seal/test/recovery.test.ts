import { describe, expect, it } from "vitest";
import {
  joinRecovery,
  newRecoverySecret,
  newUserKey,
  readRecoveryWords,
  recoveryKeys,
  recoveryWords,
  splitRecovery,
  unwrapUserKey,
  wrapUserKey,
} from "../src/index.ts";

const place = { user: "usr_aaaaaaaaaaaaaaaaaaaaaaaaaa", method: "recovery", id: "recovery" } as const;

describe("recoveryKeys()", () => {
  it("[vault 11] unlocks the user key by 24 words, however they are typed, and by no others", async () => {
    const secret = newRecoverySecret();
    const words = recoveryWords(secret);
    expect(words.split(" ")).toHaveLength(24);
    const userKey = newUserKey();
    const wrapped = await wrapUserKey(userKey, place, recoveryKeys(secret).wrapKey);
    const typed = words
      .toUpperCase()
      .split(" ")
      .map((word, at) => `${at + 1}. ${word}`)
      .join("\n");
    expect(await unwrapUserKey(wrapped, place, recoveryKeys(readRecoveryWords(typed)).wrapKey)).toEqual(userKey);
    await expect(unwrapUserKey(wrapped, place, recoveryKeys(newRecoverySecret()).wrapKey)).rejects.toMatchObject({
      code: "userkey.open",
    });
  });

  it("says what is wrong with words, and never repeats them", () => {
    const words = recoveryWords(newRecoverySecret()).split(" ");
    expect(() => readRecoveryWords(words.slice(1).join(" "))).toThrow("23 words");
    expect(() => readRecoveryWords(["harbourwall", ...words.slice(1)].join(" "))).toThrow("Word 1 is none");
    const swapped = words.toReversed().join(" ");
    if (swapped !== words.join(" ")) expect(() => readRecoveryWords(swapped)).toThrow("do not belong together");
  });
});

describe("splitRecovery()", () => {
  it("[vault 13] any 3 of 5 shares give the secret; 2 are an explicit error", async () => {
    const secret = newRecoverySecret();
    const shares = (await splitRecovery(secret, { holders: 5, needed: 3 })).map(({ text }) => text);
    for (let a = 0; a < 5; a++)
      for (let b = a + 1; b < 5; b++) {
        const two = [shares[a] ?? "", shares[b] ?? ""];
        await expect(joinRecovery(two)).rejects.toThrow("These are 2 different shares; 3 are needed.");
        await expect(joinRecovery([...two, two[0] ?? ""])).rejects.toThrow("2 different shares");
        for (let c = b + 1; c < 5; c++) expect(await joinRecovery([...two, shares[c] ?? ""])).toEqual(secret);
      }
    expect(await joinRecovery(shares)).toEqual(secret);
  });

  it("notices shares that were changed to need fewer, and shares of another secret", async () => {
    const shares = (await splitRecovery(newRecoverySecret(), { holders: 5, needed: 3 })).map(({ text }) => text);
    const fewer = shares.slice(0, 2).map((text) => text.replace("BW1-3", "BW1-2"));
    await expect(joinRecovery(fewer)).rejects.toThrow("do not give the secret");
    const [other] = await splitRecovery(newRecoverySecret(), { holders: 5, needed: 3 });
    await expect(joinRecovery([...shares.slice(0, 2), other?.text ?? ""])).rejects.toThrow("different secrets");
    await expect(splitRecovery(newRecoverySecret(), { holders: 2, needed: 3 })).rejects.toThrow("Split among");
  });
});
