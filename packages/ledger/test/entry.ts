/** The entries of a log that tests can recognise. */
export function entry(i: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`entry ${i}`);
}
