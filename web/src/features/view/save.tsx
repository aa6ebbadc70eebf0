import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { getEngine, type CaseView, type FileRow } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { download } from "../../preview/download.ts";
import { Button, Confirm } from "../../ui/index.ts";
import { useText } from "../cases/texts.tsx";
import { readFacts } from "../cases/manifest.ts";
import type { PartMessage } from "../../viewer/protocol.ts";
import { Failure, type OpenAnswers } from "./form.tsx";
import { fetchPart, open } from "./opening.ts";

interface SaveProps {
  readonly view: CaseView;
  readonly file: FileRow;
  readonly staff: boolean;
  readonly answers: OpenAnswers;
}

/**
 * Takes bytes that nothing looked into out of the sandbox, onto a disk: a patch that the desk sent, say. That is an opening of
 * its own, with its own leaf that says so; recordings and texts have no such way.
 */
export function SaveButton({ view, file, staff, answers }: SaveProps) {
  const [asking, setAsking] = useState(false);
  const { case: row } = view;
  const facts = readFacts(file);
  const place = { org: row.org, case: row.case, file: file.file };
  const name = useText(
    { kind: "name", sealed: facts?.name ?? row.subject, place: facts ? place : { org: row.org, case: row.case } },
    row.key,
  );
  const save = useMutation({
    mutationFn: async () => {
      const { signal } = new AbortController();
      const text = [m.view_save_reason(), answers.text].filter((part) => part !== "").join(": ");
      const parts = await open({ view, file, roles: ["raw"], staff, ...answers, text }, () => undefined, signal);
      const engine = await getEngine();
      try {
        const ciphertext = await fetchPart(file, "raw", signal);
        const { port1, port2 } = new MessageChannel();
        const bytes = gather(port1);
        await engine.decryptPart({ handle: parts.handle, role: "raw", ciphertext, port: port2 }, { signal });
        download(name && "text" in name ? name.text : "file", await bytes);
      } finally {
        await engine.dropRelease({ handle: parts.handle });
      }
    },
    onSuccess: () => setAsking(false),
  });
  return (
    <>
      <Button icon="download" onClick={() => setAsking(true)}>
        {m.view_save()}
      </Button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        onConfirm={() => save.mutate()}
        title={m.view_save_title()}
        description={m.view_save_text()}
        action={m.view_save()}
        busy={save.isPending}
      >
        {save.isError && <Failure error={save.error} />}
      </Confirm>
    </>
  );
}

/** Bytes that broke off are not saved: half a program is worse than none. */
function gather(port: MessagePort): Promise<Blob> {
  return new Promise((resolve, reject) => {
    const chunks: BlobPart[] = [];
    port.addEventListener("message", ({ data }: MessageEvent<PartMessage>) => {
      if (data.kind === "bytes") chunks.push(new Uint8Array(data.bytes));
      else {
        port.close();
        if (data.kind === "end") resolve(new Blob(chunks, { type: "application/octet-stream" }));
        else reject(new Error("The file broke off while it was decrypted."));
      }
    });
    port.start();
  });
}
