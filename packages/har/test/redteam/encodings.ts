import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import type { Dice } from "./dice.ts";

export type Encoding = (text: string, d: Dice) => string;

const bytesOf = (text: string): Buffer => Buffer.from(text, "utf8");
const each = (text: string, write: (code: number, at: number) => string): string =>
  [...text].map((c, i) => write(c.charCodeAt(0), i)).join("");
const hex2 = (code: number): string => code.toString(16).padStart(2, "0");
const wrap = (text: string, width: number, end = "\n"): string =>
  text.replace(new RegExp(`.{${width}}(?=.)`, "g"), `$&${end}`);
const around = (text: string, d: Dice): string => `${"abc".slice(0, d.number(4))}${text}${"xyz".slice(0, d.number(4))}`;

/** Each carries its whole input to whoever knows the format. */
export const ENCODINGS: Readonly<Record<string, Encoding>> = {
  raw: (text) => text,
  percent: (text) => each(text, (c) => `%${hex2(c).toUpperCase()}`),
  "percent twice": (text) => encodeURIComponent(each(text, (c) => `%${hex2(c)}`)),
  "percent thrice": (text) => encodeURIComponent(encodeURIComponent(each(text, (c) => `%${hex2(c)}`))),
  "percent mixed": (text) => each(text, (c, i) => (i % 3 === 0 ? `%${hex2(c)}` : String.fromCharCode(c))),
  "json \\u": (text) => each(text, (c) => `\\u${hex2(c).padStart(4, "0")}`),
  "js \\x": (text) => each(text, (c) => `\\x${hex2(c)}`),
  "js \\u{}": (text) => each(text, (c) => `\\u{${c.toString(16)}}`),
  "octal \\": (text) => each(text, (c) => `\\${c.toString(8).padStart(3, "0")}`),
  "entities decimal": (text) => each(text, (c) => `&#${c};`),
  "entities hex": (text) => each(text, (c) => `&#x${c.toString(16)};`),
  "entities padded": (text) => each(text, (c) => `&#${String(c).padStart(7, "0")};`),
  "css escapes": (text) => each(text, (c) => `\\${c.toString(16).padStart(6, "0")}`),
  base64: (text, d) => bytesOf(around(text, d)).toString("base64"),
  "base64 unpadded": (text, d) => bytesOf(around(text, d)).toString("base64").replace(/=+$/, ""),
  base64url: (text, d) => bytesOf(around(text, d)).toString("base64url"),
  "base64 wrapped": (text, d) => wrap(bytesOf(`${around(text, d)} ${"and so on ".repeat(8)}`).toString("base64"), 76),
  "base64 wrapped short": (text, d) => wrap(bytesOf(around(text, d)).toString("base64"), 20, "\r\n"),
  "base64 percent": (text, d) => encodeURIComponent(bytesOf(`${around(text, d)}??>>`).toString("base64")),
  "base64 of base64": (text) => bytesOf(bytesOf(text).toString("base64")).toString("base64"),
  "base64 of json": (text) => bytesOf(JSON.stringify({ a: 1, echo: [text] })).toString("base64"),
  hex: (text) => bytesOf(text).toString("hex"),
  "hex upper": (text) => bytesOf(text).toString("hex").toUpperCase(),
  "hex spaced": (text) => [...bytesOf(text)].map(hex2).join(" "),
  "hex colons": (text) => [...bytesOf(text)].map(hex2).join(":"),
  "hex 0x": (text) => `0x${bytesOf(text).toString("hex")}`,
  "utf16 nul": (text) => each(text, (c) => `${String.fromCharCode(c)}\u0000`),
  "utf16le base64": (text) => Buffer.from(text, "utf16le").toString("base64"),
  "utf16be base64": (text) => Buffer.from(text, "utf16le").swap16().toString("base64"),
  "quoted printable": (text) =>
    wrap(
      each(text, (c, i) => (i % 4 === 0 ? `=${hex2(c).toUpperCase()}` : String.fromCharCode(c))),
      30,
      "=\r\n",
    ),
  "gzip base64": (text) => gzipSync(`{"v":"${text}"}`).toString("base64"),
  "zlib base64": (text) => deflateSync(`{"v":"${text}"}`).toString("base64"),
  "deflate base64": (text) => deflateRawSync(`{"v":"${text}"}`).toString("base64"),
  "gzip twice": (text) => gzipSync(gzipSync(`{"v":"${text}"}`)).toString("base64"),
  "gzip of base64": (text) => gzipSync(bytesOf(text).toString("base64")).toString("base64"),
  "brotli base64": (text) => brotliCompressSync(`{"v":"${text}"}`).toString("base64"),
  "json in json": (text) => JSON.stringify({ a: JSON.stringify({ b: JSON.stringify({ c: text }) }) }),
  "bytes list": (text) => JSON.stringify([...bytesOf(text)]),
  "form in json in jwt": (text) =>
    `${bytesOf('{"alg":"none"}').toString("base64url")}.${bytesOf(JSON.stringify({ scope: `a=1&e=${encodeURIComponent(text)}` })).toString("base64url")}.`,
  infix: (text, d) => `${d.text(7)}${text}${d.text(9)}`,
  prefixed: (text) => `user_${text}`,
  "truncated to 16": (text) => text.slice(0, 16),
  "tail of 18": (text) => text.slice(-18),
  "in prose": (text) => `The request with ${text}, which came first, failed.`,
  "split by tag": (text) => `${text.slice(0, 9)}<wbr>${text.slice(9)}`,
  "split by newline": (text) => `${text.slice(0, 11)}\n${text.slice(11)}`,
  "joined list": (text, d) => `${d.text(20)}|${text}|${d.text(20)}`,
  "log line": (text) => `2026-01-01T00:00:00Z INFO auth - sid=${text} ok`,
  "python repr": (text) => `{'user': 'op', 'v': '${text}'}`,
  "php serialised": (text) => `a:1:{s:1:"v";s:${text.length}:"${text}";}`,
  "html attribute": (text) => `<a data-v="${text}">x</a>`,
  "xml cdata": (text) => `<r><![CDATA[${text}]]></r>`,
  "source map": (text) =>
    `//# sourceMappingURL=data:application/json;base64,${bytesOf(JSON.stringify({ version: 3, sourcesContent: [`const a = "${text}";`] })).toString("base64")}`,
  "js concatenation": (text) => `var v = "${text.slice(0, 18)}" + "${text.slice(18)}";`,
};
