import {
  InventoryCollector,
  kindOfSource,
  Meter,
  sanitise,
  sanitiseText,
  signManifest,
  watchList,
  type Mode,
  type Policy,
  type Report,
  type SanitiseOptions,
  type Signer,
  type Sink,
} from "@breakwater/har";
import { freshKey, isRecording, onRecording } from "./har.ts";
import type { Input } from "./input.ts";
import { PendingFile, publishAll } from "./output.ts";
import { write, type Terminal } from "./terminal.ts";

/** Where the results of one recording go; "-" is standard output. */
export interface Outputs {
  readonly output: string;
  readonly report?: string;
  readonly watch?: string;
  readonly manifest?: string;
}

export interface Settings {
  readonly force: boolean;
  readonly mode: Mode | undefined;
  readonly key: () => Uint8Array;
  readonly policy: Policy | undefined;
  readonly signer: Signer | undefined;
  /** Without it a watch-list gets a fresh key, which is written beside it. */
  readonly watchKey: Uint8Array | undefined;
}

/** Sanitises one recording. All of its results get their names together, or none does. */
export async function sanitizeOne(from: string, to: Outputs, settings: Settings, terminal: Terminal): Promise<Report> {
  const pending: PendingFile[] = [];
  try {
    return await onRecording(from, terminal, async (source, bar, input) => {
      const create = (path: string | undefined): Promise<PendingFile | undefined> =>
        reserve(path, settings.force, input, pending);
      const output = await create(to.output);
      const report = await create(to.report);
      const watch = await create(to.watch);
      const watchKeyFile =
        settings.watchKey === undefined && to.watch !== undefined ? await create(`${to.watch}.key`) : undefined;
      const manifest = await create(to.manifest);
      const sink: Sink = {
        write: (chunk) => (output === undefined ? write(terminal.stdout, chunk) : output.write(chunk)),
      };
      const observer = to.watch === undefined ? undefined : new InventoryCollector();
      const key = settings.key();
      const meter = new Meter(source, sink, key);
      const result = await sanitiseAny(from, meter, {
        key,
        observer,
        mode: settings.mode,
        policy: settings.policy,
        signal: terminal.signal,
        onProgress: bar.show,
      });
      await input.unchanged();
      await report?.write(text(result));
      if (observer !== undefined) {
        const watchKey = settings.watchKey ?? freshKey();
        await watch?.write(text(watchList(observer, watchKey, new Date())));
        await watchKeyFile?.write(Buffer.from(`${Buffer.from(watchKey).toString("base64url")}\n`));
        observer.close();
      }
      if (settings.signer !== undefined) {
        const facts = { at: new Date(), mode: result.mode, policy: settings.policy };
        await manifest?.write(text(await signManifest(meter.manifest(result, facts), settings.signer)));
      }
      await publishAll(pending);
      return result;
    });
  } finally {
    // After publishAll() there is nothing left to discard.
    for (const file of pending) await file.discard();
  }
}

/** A recording as one; any other text as text; what is neither is refused. */
async function sanitiseAny(
  from: string,
  { source, sink }: Meter,
  options: SanitiseOptions & { readonly limits?: undefined },
): Promise<Report> {
  const kind = await kindOfSource(from === "-" ? "" : from, source);
  if (isRecording(kind)) return sanitise(source, sink, options);
  return sanitiseText(source, sink, { ...options, kind: kind === "binary" ? undefined : kind });
}

async function reserve(
  path: string | undefined,
  force: boolean,
  input: Input,
  pending: PendingFile[],
): Promise<PendingFile | undefined> {
  if (path === undefined || path === "-") return undefined;
  const file = await PendingFile.create(path, force, input.file);
  pending.push(file);
  return file;
}

function text(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value, null, 2)}\n`);
}
