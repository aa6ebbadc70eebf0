import type { CaseView } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { readFacts } from "./manifest.ts";
import { SealedText } from "./texts.tsx";

/** A file's sealed name, by its id. */
export function FileName({ file, view }: { readonly file: string; readonly view: CaseView }) {
  const { case: row, files } = view;
  const found = files.find((one) => one.file === file);
  const facts = found && readFacts(found);
  if (!facts) return m.file_uploading_name();
  return (
    <SealedText
      item={{ kind: "name", sealed: facts.name, place: { org: row.org, case: row.case, file } }}
      caseKey={row.key}
    />
  );
}
