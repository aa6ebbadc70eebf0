/** Offers bytes, or JSON text, as a file. */
export function download(name: string, content: Blob | string): void {
  const url = URL.createObjectURL(
    typeof content === "string" ? new Blob([content], { type: "application/json" }) : content,
  );
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // The browser has taken the bytes by the next task; holding them longer would keep them in memory.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** session.har.gz → session */
export function baseName(fileName: string): string {
  return fileName.replace(/(?:\.har)?(?:\.gz|\.zip)?$/i, "") || "recording";
}
