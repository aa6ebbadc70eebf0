import { m } from "../i18n/index.ts";

const REFUSALS: Readonly<Record<string, () => string>> = {
  "har.notJson": m.upload_refused_not_json,
  "har.notHar": m.upload_refused_not_har,
  "har.truncated": m.upload_refused_truncated,
  "har.trailing": m.upload_refused_trailing,
  "har.tooLarge": m.upload_refused_too_large,
  "har.tooDeep": m.upload_refused_too_deep,
  "har.compression": m.upload_refused_compression,
  "har.verify": m.upload_refused_verify,
};

/** Why a file is not taken, in the reader's language; undefined where the sanitiser's own sentence has to do. */
export function refusalText(code: string | undefined): string | undefined {
  return code !== undefined && Object.hasOwn(REFUSALS, code) ? REFUSALS[code]?.() : undefined;
}
