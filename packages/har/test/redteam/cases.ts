import { entry } from "../support.ts";
import { dice } from "./dice.ts";
import { ENCODINGS } from "./encodings.ts";
import { CREDENTIALS, KINDS, OPAQUE } from "./kinds.ts";
import { BARE, ECHOES, NAMED, splitFrames, type Scene } from "./places.ts";

export interface Case {
  readonly id: string;
  readonly text: string;
  readonly secrets: readonly string[];
}

function file(scene: Scene, more: readonly object[] = []): string {
  return JSON.stringify({
    log: {
      version: "1.2",
      creator: { name: "t", version: "1" },
      ...scene.log,
      entries: [...more, ...scene.entries],
    },
  });
}

/** Every kind of secret in a sample of its placements (`share` of one in so many), no two alike. */
export function* placed(seed: number, share: number): Generator<Case> {
  const d = dice(seed);
  for (const kind of KINDS) {
    for (const [place, make] of Object.entries(NAMED)) {
      if (d.number(share) !== 0) continue;
      const plant = kind.make(d);
      const name = d.pick(kind.names);
      if (kind.fits === "bodies" && /cookie|header|url|path|stomp|yaml|ini|dump|comment/.test(place)) continue;
      yield { id: `${kind.id} (${name}) @ ${place}`, text: file(make(name, plant.text, d)), secrets: plant.secrets };
    }
    if (!kind.tells) continue;
    for (const [place, make] of Object.entries(BARE)) {
      if (d.number(share) !== 0 || kind.fits === "bodies") continue;
      const plant = kind.make(d);
      yield { id: `${kind.id} @ ${place}`, text: file(make("", plant.text, d)), secrets: plant.secrets };
    }
  }
  for (const kind of CREDENTIALS) {
    for (const name of [
      "Authorization",
      "authorization",
      "PROXY-AUTHORIZATION",
      "X-Authorization",
      "x-forwarded-authorization",
    ]) {
      const plant = kind.make(d);
      const scene = {
        entries: [
          entry({
            headers: [
              { name, value: "" },
              { name, value: plant.text },
            ],
          }),
        ],
      };
      yield { id: `${kind.id} @ ${name}`, text: file(scene), secrets: plant.secrets };
    }
    const plant = kind.make(d);
    const scene = { entries: [entry({}, {}, { _raw: `GET / HTTP/1.1\r\nAuthorization: ${plant.text}\r\n\r\n` })] };
    yield { id: `${kind.id} @ raw`, text: file(scene), secrets: plant.secrets };
  }
}

/** A secret known from a cookie stands somewhere else, in another writing. */
export function* echoed(seed: number, share: number): Generator<Case> {
  const d = dice(seed ^ 0x51ed270b);
  for (const [encoding, write] of Object.entries(ENCODINGS)) {
    for (const [place, make] of Object.entries(ECHOES)) {
      if (d.number(share) !== 0 || !carries(place, encoding)) continue;
      const { text: secret } = OPAQUE.make(d);
      const known = entry({ headers: [{ name: "cookie", value: `sid=${secret}` }] });
      yield { id: `${encoding} > ${place}`, text: file(make(write(secret, d)), [known]), secrets: [secret] };
    }
  }
  for (let i = 0; i < 20; i++) {
    const { text: secret } = OPAQUE.make(d);
    const known = entry({ headers: [{ name: "cookie", value: `sid=${secret}` }] });
    yield { id: "split over two frames", text: file(splitFrames(secret, d), [known]), secrets: [secret] };
  }
}

/** A header or a comment of code has one line. */
function carries(place: string, encoding: string): boolean {
  return !/header|etag|script/.test(place) || !/wrapped|newline|quoted printable/.test(encoding);
}

/** Two encodings, one after the other. */
export function* doubled(seed: number, count: number): Generator<Case> {
  const d = dice(seed ^ 0x2545f491);
  const names = Object.keys(ENCODINGS);
  for (let i = 0; i < count; i++) {
    const inner = d.pick(names);
    const outer = d.pick(names);
    if (/split|trunc|tail|concat/.test(inner + outer)) continue;
    const place = d.pick(Object.keys(ECHOES));
    if (!carries(place, inner) || !carries(place, outer)) continue;
    const { text: secret } = OPAQUE.make(d);
    const written = ENCODINGS[outer]?.(ENCODINGS[inner]?.(secret, d) ?? "", d) ?? "";
    const known = entry({ headers: [{ name: "cookie", value: `sid=${secret}` }] });
    const scene = ECHOES[place]?.(written) ?? { entries: [] };
    yield { id: `${inner} > ${outer} > ${place}`, text: file(scene, [known]), secrets: [secret] };
  }
}

/** Formats that say what they hold, before they are encoded. */
const SNIPPETS: readonly ((name: string, value: string) => string)[] = [
  (name, value) => JSON.stringify({ user: "op", [name]: value }),
  (name, value) => `user=op&${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  (name, value) => `https://a.example/cb?${encodeURIComponent(name)}=${encodeURIComponent(value)}`,
  (name, value) => `<form><input type="hidden" name="${name}" value="${value.replaceAll('"', "&quot;")}"></form>`,
];

/** Encodings behind which a reader looks without being told that something is there. */
const READ =
  /^(?:percent|json|base64(?! wrapped short)|gzip|zlib|deflate|brotli|form in|html|xml|source map|utf16[lb]e)/;

/** A secret that stands nowhere else, under its name, behind one or two encodings. */
export function* wrapped(seed: number, count: number): Generator<Case> {
  const d = dice(seed ^ 0x1f83d9ab);
  const names = Object.keys(ENCODINGS).filter(
    (name) => READ.test(name) && name !== "percent mixed" && !name.startsWith("json \\"),
  );
  for (let i = 0; i < count; i++) {
    const kind = d.pick(KINDS);
    if (kind.fits === "bodies") continue;
    const chain = d.number(2) === 0 ? [d.pick(names)] : [d.pick(names), d.pick(names)];
    const place = d.pick(Object.keys(ECHOES));
    if (/etag|connection|script/.test(place) || !chain.every((name) => carries(place, name))) continue;
    const plant = kind.make(d);
    const name = d.pick(kind.names);
    let text = d.pick(SNIPPETS)(name, plant.text);
    // Encodings that put their text between quotes take none inside.
    for (const step of chain)
      text =
        ENCODINGS[step]?.(text.replaceAll('"', /v":"|gzip|zlib|deflate|brotli|html|map/.test(step) ? "'" : '"'), d) ??
        text;
    yield {
      id: `${kind.id} (${name}) > ${chain.join(" > ")} > ${place}`,
      text: file(ECHOES[place]?.(text) ?? { entries: [] }),
      secrets: plant.secrets,
    };
  }
}
