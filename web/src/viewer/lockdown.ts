/**
 * The viewer's policy forbids every connection, but no policy covers WebRTC (reference: front-end hardening), and one lock is no
 * lock. So every way out is deleted before the first byte of content arrives. What is shown is inert text in any case.
 */
export const WAYS_OUT = [
  "RTCPeerConnection",
  "webkitRTCPeerConnection",
  "RTCDataChannel",
  "RTCIceGatherer",
  "WebTransport",
  "WebSocket",
  "WebSocketStream",
  "EventSource",
  "XMLHttpRequest",
  "fetch",
  "fetchLater",
  "Worker",
  "SharedWorker",
  "BroadcastChannel",
  "Notification",
  "PaymentRequest",
  "indexedDB",
  "caches",
  "cookieStore",
  "open",
] as const;

/** Throws when one of them could not be removed: then nothing may be shown. */
export function lockDown(realm: typeof globalThis): void {
  for (const name of WAYS_OUT) {
    Reflect.deleteProperty(realm, name);
    Reflect.defineProperty(realm, name, { value: undefined, writable: false, configurable: false });
    if (Reflect.get(realm, name) !== undefined)
      throw new Error(`The viewer could not be closed off: ${name} is still there.`);
  }
  for (const name of ["sendBeacon", "serviceWorker", "registerProtocolHandler"]) {
    Reflect.deleteProperty(Navigator.prototype, name);
    if (Reflect.get(realm.navigator, name) !== undefined)
      throw new Error(`The viewer could not be closed off: navigator.${name} is still there.`);
  }
}
