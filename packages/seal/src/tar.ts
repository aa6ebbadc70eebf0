import { utf8, utf8Decode } from "@breakwater/wire";
import { SealError } from "./error.ts";

/** POSIX ustar, as far as an export needs it: plain files with short names. Any tar program unpacks it. */
const BLOCK = 512;
const MAX_SIZE = 8 ** 11 - 1;

export interface TarEntry {
  readonly name: string;
  readonly size: number;
}

/** The block before a file's bytes. `time` is in seconds since 1970. */
export function tarHeader({ name, size }: TarEntry, time: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  if (!/^[\w./-]{1,100}$/.test(name) || !Number.isSafeInteger(size) || size < 0 || size > MAX_SIZE)
    throw new SealError("export.invalid", `${name.slice(0, 100)} cannot be put into an export.`);
  const put = (text: string, at: number): void => block.set(utf8(text), at);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, "0")}\0`;
  put(name, 0);
  put(octal(0o600, 7), 100);
  put(octal(0, 7), 108);
  put(octal(0, 7), 116);
  put(octal(size, 11), 124);
  put(octal(time, 11), 136);
  put("        0", 148);
  put("ustar\u000000", 257);
  put(`${octal(sum(block), 6)} `, 148);
  return block;
}

/** What follows a file's bytes, so that the next header begins on a block. */
export function tarPadding(size: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);
}

/** What ends an archive. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * BLOCK);
}

/** Reads a header block; null at the end. Throws export.invalid for what this module did not write. */
export function readTarHeader(block: Uint8Array): TarEntry | null {
  if (block.length !== BLOCK) throw new SealError("export.invalid", "The export is cut short.");
  if (block.every((byte) => byte === 0)) return null;
  const field = (at: number, length: number): string =>
    utf8Decode(block.subarray(at, at + length)).split("\0", 1)[0] ?? "";
  const name = field(0, 100);
  const size = Number.parseInt(field(124, 12), 8);
  const blank = new Uint8Array(block);
  blank.fill(0x20, 148, 156);
  const right = sum(blank) === Number.parseInt(field(148, 8), 8);
  if (!right || field(257, 6) !== "ustar" || !/^[\w./-]{1,100}$/.test(name) || name.includes("..") || !(size >= 0))
    throw new SealError("export.invalid", "The export holds something that is no part of one.");
  return { name, size };
}

function sum(block: Uint8Array): number {
  return block.reduce((total, byte) => total + byte, 0);
}
