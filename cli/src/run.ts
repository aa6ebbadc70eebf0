import { parseArgs } from "node:util";
import { HELP, VERSION } from "./help.ts";
import { EXIT, oneLine, Unusable, write, type Exit, type Terminal } from "./terminal.ts";

type Command = (args: readonly string[], terminal: Terminal) => Promise<Exit>;

/** Loaded when asked for, so that the command is ready to be stopped as soon as it runs. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  "har sanitize": async () => (await import("./commands/har-sanitize.ts")).harSanitize,
  "har inspect": async () => (await import("./commands/har-inspect.ts")).harInspect,
  "har diff": async () => (await import("./commands/har-diff.ts")).harDiff,
  "har verify": async () => (await import("./commands/har-verify.ts")).harVerify,
  "case verify": async () => (await import("./commands/case.ts")).caseVerify,
  "case decrypt": async () => (await import("./commands/case.ts")).caseDecrypt,
  "ledger verify": async () => (await import("./commands/ledger-verify.ts")).ledgerVerify,
  affected: async () => (await import("./commands/affected.ts")).affected,
};

/** Runs one command line and gives its exit code. Whatever goes wrong is one line on the error stream. */
export async function run(args: readonly string[], terminal: Terminal): Promise<Exit> {
  try {
    return await dispatch(args, terminal);
  } catch (error) {
    const text = error instanceof Unusable || isArgumentError(error) ? oneLine(error.message) : fault(error);
    await write(terminal.stderr, `breakwater: ${text}\n`).catch(() => undefined);
    return EXIT.unusable;
  }
}

async function dispatch(args: readonly string[], terminal: Terminal): Promise<Exit> {
  const name = args.slice(0, 2).join(" ");
  for (const words of [2, 1]) {
    const known = args.slice(0, words).join(" ");
    const command = Object.hasOwn(COMMANDS, known) ? COMMANDS[known] : undefined;
    if (command !== undefined) return (await command())(args.slice(words), terminal);
  }
  if (args.length === 0 || args[0] === "help") {
    await write(terminal.stdout, HELP);
    return EXIT.ok;
  }
  if (args[0]?.startsWith("-") === true) {
    const { values } = parseArgs({
      args: [...args],
      options: { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "V" } },
    });
    await write(terminal.stdout, values.version === true ? `breakwater ${VERSION}\n` : HELP);
    return EXIT.ok;
  }
  if (args.includes("--help") || args.includes("-h")) {
    await write(terminal.stdout, HELP);
    return EXIT.ok;
  }
  throw new Unusable(
    `There is no command "${name}". The commands are: ${Object.keys(COMMANDS).join(", ")}. Try: breakwater --help`,
  );
}

/** node:util's parseArgs throws TypeErrors that already say which option is wrong. */
function isArgumentError(error: unknown): error is TypeError {
  return error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
}

/** A defect of ours: says where in the code, but not the error's message, which may quote what was being read. */
function fault(error: unknown): string {
  const frames =
    error instanceof Error ? (error.stack ?? "").split("\n").filter((line) => line.startsWith("    at ")) : [];
  return ["This is a fault of breakwater itself. Please report it with these lines:", ...frames].join("\n");
}
