let taken = "";

/** Before the first render: the secret leaves the address bar, and with it the history, before anything else happens. */
export function takeFragment(): void {
  if (location.pathname !== "/enrol") return;
  taken = location.hash.replace(/^#/, "");
  if (taken !== "") history.replaceState(null, "", location.pathname);
  // A second link pasted into the same tab changes only the fragment, which by itself loads nothing.
  addEventListener("hashchange", () => {
    if (location.pathname === "/enrol" && location.hash.length > 1) location.reload();
  });
}

export function takenFragment(): string {
  return taken;
}
