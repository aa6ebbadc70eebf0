/** node bench/seal.ts: Cobblestone-256 against the plain cipher that it is made of (node:crypto, 1 MiB updates). */
import { createCipheriv, randomBytes } from "node:crypto";
import { decrypt, encrypt, newSalt } from "@breakwater/seal";
import { compare, print } from "./compare.ts";

const MEGABYTES = Number(process.argv[2] ?? 64);
const plaintext = randomBytes(MEGABYTES * 1e6);
const secret = { key: randomBytes(32), context: randomBytes(32), salt: newSalt() };
const sealed = await encrypt(plaintext, secret);

const rows = await compare(
  [
    {
      name: "AES-256-GCM alone, node:crypto, 1 MiB updates",
      run() {
        const cipher = createCipheriv("aes-256-gcm", randomBytes(32), randomBytes(12));
        for (let at = 0; at < plaintext.length; at += 2 ** 20) cipher.update(plaintext.subarray(at, at + 2 ** 20));
        cipher.final();
      },
    },
    { name: "Cobblestone-256 encrypt", run: async () => void (await encrypt(plaintext, secret)) },
    { name: "Cobblestone-256 decrypt", run: async () => void (await decrypt(sealed, secret)) },
  ],
  5,
);
print("seal", rows, plaintext.length);
