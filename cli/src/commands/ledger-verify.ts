import { parseArgs } from "node:util";
import {
  fingerprintWords,
  isUnlooked,
  parseReceipt,
  SealError,
  verifyReceipt,
  type Receipt,
  type VerifiedReceipt,
} from "@breakwater/seal";
import { deskCheck } from "../desk.ts";
import { fileInput, readAll, streamInput } from "../input.ts";
import { checkLogCopy, checkParts, Mismatch } from "../log-copy.ts";
import { EXIT, oneLine, Unusable, write, type Exit, type Terminal } from "../terminal.ts";

const MAX_RECEIPT_BYTES = 16 * 1024 * 1024;
const OPTIONS = {
  desk: { type: "string" },
  log: { type: "string" },
  parts: { type: "string" },
  help: { type: "boolean", short: "h" },
} as const;

export const VERIFY_HELP =
  'Usage: breakwater ledger verify RECEIPT [--desk FINGERPRINT | --desk "12 words"] [--log FOLDER] [--parts FOLDER]\nMore: breakwater --help\n';

export async function ledgerVerify(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const { values, positionals } = parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true });
  if (values.help === true) {
    await write(terminal.stdout, VERIFY_HELP);
    return EXIT.ok;
  }
  const [from] = positionals;
  if (from === undefined || positionals.length > 1) {
    throw new Unusable(
      `Name one receipt, not ${positionals.length}; put the 12 words of --desk in quotes. ${VERIFY_HELP.split("\n")[0]}`,
    );
  }
  const isDesk = values.desk === undefined ? undefined : deskCheck(values.desk);
  const receipt = await readReceipt(from, terminal);
  if (isDesk?.(receipt.desk) === false) {
    return refuse(terminal, "The receipt is from another support desk than the one you named with --desk.");
  }
  let verified: VerifiedReceipt;
  const more: string[] = [];
  try {
    verified = await verifyReceipt(receipt, [receipt.desk]);
    if (values.parts !== undefined) {
      await checkParts(values.parts, verified);
      more.push("The stored parts are the ones that were sealed, byte for byte.");
    }
    if (values.log !== undefined) {
      const size = await checkLogCopy(values.log, receipt, verified);
      more.push(
        `The copy of the log is whole: all ${size} entries lead to its signed checkpoint, and it begins with what the receipt shows.`,
      );
    }
  } catch (error) {
    if (!(error instanceof SealError) && !(error instanceof Mismatch)) throw error;
    return refuse(terminal, error.message);
  }
  await write(terminal.stdout, sentences(verified, receipt.desk, isDesk !== undefined, more));
  return EXIT.ok;
}

async function readReceipt(from: string, terminal: Terminal): Promise<Receipt> {
  const input = from === "-" ? await streamInput(terminal, MAX_RECEIPT_BYTES) : await fileInput(from);
  const name = from === "-" ? "standard input" : from;
  try {
    return parseReceipt(await readAll(input, name, MAX_RECEIPT_BYTES));
  } catch (error) {
    if (error instanceof SealError)
      throw new Unusable(`${name}: this is not a receipt that can be read. ${error.message}`, { cause: error });
    throw error;
  } finally {
    await input.close();
  }
}

function sanitising(san: VerifiedReceipt["manifest"]["san"]): string {
  if (isUnlooked(san)) return `Nothing looked into it before that; its sender was told so at ${san.confirmed}.`;
  const replaced = Object.values(san.report).reduce((sum, count) => sum + count, 0);
  return `Before that, ${san.tool} ${san.version} replaced ${replaced} secrets in it.`;
}

async function refuse({ stderr }: Terminal, reason: string): Promise<Exit> {
  await write(stderr, `This receipt does not verify. ${oneLine(reason)}\n`);
  return EXIT.notVerified;
}

function sentences(receipt: VerifiedReceipt, desk: string, pinned: boolean, more: readonly string[]): string {
  const { manifest, uploader } = receipt;
  const bytes = manifest.parts.reduce((sum, part) => sum + part.size, 0);
  const words = fingerprintWords(desk).join(" ");
  return [
    "This receipt verifies.",
    "",
    `File ${receipt.file} of case ${receipt.case} was sealed on ${manifest.created} in ${manifest.parts.length} parts of ${bytes} bytes together.`,
    sanitising(manifest.san),
    `User ${uploader.user} sent it from device ${manifest.device}; that device's signature on the file's description is valid.`,
    "Its keys went only to the people on the case and to the desk's releaser, whose keys are signed.",
    `The server took it into the log ${receipt.origin} at ${receipt.at}, as entry ${receipt.index} of ${receipt.size}.`,
    `The log signed that, and the witness confirmed it at ${new Date(receipt.cosigned * 1000).toISOString()}.`,
    ...more,
    "",
    ...(pinned
      ? ["All keys lead to the support desk that you named with --desk."]
      : [
          "All keys lead to the support desk that the receipt names itself. Compare its words with those that the desk gave you:",
          `  ${words}`,
        ]),
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join("");
}
