import type { CDPSession, Frame, Page } from "playwright-core";

const sessions = new WeakMap<Page | Frame, Promise<CDPSession>>();

/** The protocol's session with a page or frame. It stays attached: when one ends, Chromium takes the page's authenticator away. */
export function devtools(page: Page, target: Page | Frame = page): Promise<CDPSession> {
  const known = sessions.get(target);
  if (known) return known;
  const session = page.context().newCDPSession(target);
  sessions.set(target, session);
  return session;
}
