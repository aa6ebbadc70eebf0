import { describe, expect, it } from "vitest";
import {
  authenticate,
  consistencyProof,
  decide,
  emptyRoot,
  formatAddCheckpoint,
  LedgerError,
  makeSigner,
  makeVerifier,
  MemoryTiles,
  parseAddCheckpoint,
  signCheckpoint,
  treeRoot,
  type AuthenticRequest,
  type TreeHead,
} from "../src/index.ts";
import { entry } from "./shared.ts";

const ORIGIN = "desk.example/log/one";
const log = await makeSigner(ORIGIN, new Uint8Array(32).fill(1));
const stranger = await makeSigner(ORIGIN, new Uint8Array(32).fill(2));
const verifier = await makeVerifier(log.vkey);
const tiles = new MemoryTiles();
const heads: TreeHead[] = [{ size: 0, root: emptyRoot() }];
for (let i = 0; i < 20; i++) heads.push(await tiles.append([entry(i)]));
const head = (size: number) => heads[size] as TreeHead;
const keysOf = (origin: string) => (origin === ORIGIN ? [verifier] : undefined);

async function body(
  old: number,
  to: TreeHead,
  change: { proof?: Uint8Array[]; signer?: typeof log; origin?: string } = {},
): Promise<string> {
  const proof = change.proof ?? (old <= to.size ? await consistencyProof(old, to.size, tiles) : []);
  const note = await signCheckpoint({ origin: change.origin ?? ORIGIN, size: to.size, root: to.root, extensions: [] }, [
    change.signer ?? log,
  ]);
  return formatAddCheckpoint({ old, proof, note });
}

async function request(...args: Parameters<typeof body>): Promise<AuthenticRequest> {
  const read = await authenticate(await body(...args), keysOf);
  if (read.status !== 200) throw new Error(read.reason);
  return read.request;
}

describe("parseAddCheckpoint", () => {
  const spec = `old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
`;

  it("reads the example of tlog-witness, and formatAddCheckpoint writes it back", () => {
    const parsed = parseAddCheckpoint(spec);
    expect(parsed).toMatchObject({ old: 20_852_014 });
    expect(parsed.proof.length).toBe(4);
    expect(formatAddCheckpoint(parsed)).toBe(spec);
    expect(parseAddCheckpoint(new TextEncoder().encode(spec))).toEqual(parsed);
  });

  it("refuses what is not a request", () => {
    const line = "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n";
    for (const text of [
      "",
      "\n\n",
      "old 1",
      "old 01\n\nx",
      "old  1\n\nx",
      "new 1\n\nx",
      "old 1\nAAAA\n\nx",
      `old 1\n${line.repeat(64)}\nx`,
      "old -1\n\nx",
      "x".repeat(400_000),
    ]) {
      expect(() => parseAddCheckpoint(text), text.slice(0, 20)).toThrow(LedgerError);
    }
    expect(parseAddCheckpoint(`old 1\n${line.repeat(63)}\nx`).proof.length).toBe(63);
  });
});

describe("authenticate", () => {
  it("answers 400 to no request, 404 to an unknown origin, 403 to an untrusted or bad signature", async () => {
    expect(await authenticate("nonsense", keysOf)).toMatchObject({ status: 400 });
    expect(await authenticate("old 0\n\nnonsense", keysOf)).toMatchObject({ status: 400 });
    const other = await makeSigner("desk.example/log/two", new Uint8Array(32).fill(1));
    expect(
      await authenticate(await body(0, head(3), { origin: "desk.example/log/two", signer: other }), keysOf),
    ).toMatchObject({ status: 404 });
    expect(await authenticate(await body(0, head(3), { signer: stranger }), keysOf)).toMatchObject({ status: 403 });
    const good = await body(0, head(3));
    const bad = good.replace(/(.)(.)=\n$/, (_, a: string, b: string) => `${a === "A" ? "B" : "A"}${b}=\n`);
    expect(await authenticate(bad, keysOf)).toMatchObject({ status: 403 });
    expect(await authenticate(good, keysOf)).toMatchObject({
      status: 200,
      request: { old: 0, checkpoint: { size: 3 } },
    });
  });
});

describe("decide", () => {
  it("accepts growth, a first checkpoint and the same checkpoint again", async () => {
    for (let from = 0; from <= 20; from++) {
      for (let to = from; to <= 20; to++) {
        const answer = decide(from === 0 ? undefined : head(from), await request(from, head(to)));
        expect(answer, `${from} to ${to}`).toEqual({ status: 200, next: { size: to, root: head(to).root } });
      }
    }
    expect(decide(head(0), await request(0, head(4)))).toMatchObject({ status: 200 });
  });

  it("answers 400 to an old size above the checkpoint's, 409 with the size to one that is not the latest", async () => {
    expect(decide(head(5), await request(6, head(5)))).toMatchObject({ status: 400 });
    expect(decide(head(5), await request(4, head(7)))).toEqual({ status: 409, size: 5 });
    expect(decide(undefined, await request(4, head(7)))).toEqual({ status: 409, size: 0 });
    expect(decide(head(5), await request(0, head(7)))).toEqual({ status: 409, size: 5 });
    // Rollback: a smaller tree with an honest old size is a conflict, never a signature.
    expect(decide(head(5), await request(3, head(4)))).toEqual({ status: 409, size: 5 });
  });

  it("answers 422 to a fork, a wrong proof, a proof from nothing and a false empty tree", async () => {
    const fork = new MemoryTiles();
    const forked = await fork.append(Array.from({ length: 7 }, (_, i) => entry(i === 2 ? 99 : i)));
    expect(await treeRoot(7, fork)).toEqual(forked.root);
    expect(decide(head(5), await request(5, forked))).toMatchObject({ status: 422 });
    expect(decide(head(5), await request(5, forked, { proof: await consistencyProof(5, 7, fork) }))).toMatchObject({
      status: 422,
    });
    expect(decide(head(7), await request(7, forked))).toMatchObject({ status: 422 });
    expect(decide(head(5), await request(5, head(7), { proof: [] }))).toMatchObject({ status: 422 });
    expect(decide(head(7), await request(7, head(7), { proof: [emptyRoot()] }))).toMatchObject({ status: 422 });
    expect(decide(undefined, await request(0, head(7), { proof: [emptyRoot()] }))).toMatchObject({ status: 422 });
    expect(decide(undefined, await request(0, { size: 0, root: head(1).root }))).toMatchObject({ status: 422 });
  });

  it("signs exactly one of 100 requests that race from the same size", async () => {
    let latest: TreeHead | undefined;
    const requests = await Promise.all(Array.from({ length: 100 }, (_, i) => request(0, head((i % 20) + 1))));
    const answers = await Promise.all(
      requests.map(async (one) => {
        await Promise.resolve();
        const answer = decide(latest, one);
        if (answer.status === 200) latest = answer.next;
        return answer.status;
      }),
    );
    expect(answers.filter((status) => status === 200).length).toBe(1);
    expect(answers.filter((status) => status === 409).length).toBe(99);
  });
});
