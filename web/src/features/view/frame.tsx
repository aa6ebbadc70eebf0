import { forwardRef, useEffect, useImperativeHandle, useRef } from "react";
import type { PartRole } from "../../engine/index.ts";
import { getLocale, m } from "../../i18n/index.ts";
import { useTheme } from "../../ui/index.ts";
import { READY, type FromViewer, type ToViewer, type Watermark } from "../../viewer/protocol.ts";
import styles from "./view.module.css";

export interface ViewerHandle {
  /** Gives the viewer its end of a part's channel; the returned end is for the engine. */
  receive(role: PartRole, watermark: Watermark, until: number): Promise<MessagePort>;
  setBusy(busy: boolean): void;
}

export interface ViewerFrameProps {
  readonly onWant: (roles: readonly PartRole[]) => void;
  readonly onBroken: (role: PartRole) => void;
}

/**
 * The sandbox that content is shown in: an origin of its own, no network, no storage, no way back but one port. It goes away
 * with this component, and what it held with it.
 */
export const ViewerFrame = forwardRef<ViewerHandle, ViewerFrameProps>(function ViewerFrame(
  { onWant, onBroken },
  handle,
) {
  const frame = useRef<HTMLIFrameElement>(null);
  const theme = useTheme();
  const ready = useRef(Promise.withResolvers<MessagePort>());
  const callbacks = useRef({ onWant, onBroken });
  useEffect(() => {
    callbacks.current = { onWant, onBroken };
  });
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent): void => {
      const target = frame.current?.contentWindow;
      if (!target || source !== target || data !== READY) return;
      removeEventListener("message", listen);
      const { port1, port2 } = new MessageChannel();
      port1.addEventListener("message", (event: MessageEvent<FromViewer>) => {
        if (event.data.kind === "want") callbacks.current.onWant(event.data.roles);
        else callbacks.current.onBroken(event.data.role);
      });
      port1.start();
      // An opaque origin cannot be named; the receiver is this frame's window and no other.
      target.postMessage({ kind: "init", locale: getLocale(), theme } satisfies ToViewer, "*", [port2]);
      ready.current.resolve(port1);
    };
    addEventListener("message", listen);
    return () => removeEventListener("message", listen);
    // The theme at the start is the viewer's for as long as it is open.
    // oxlint-disable-next-line react/exhaustive-deps
  }, []);
  useImperativeHandle(handle, () => ({
    async receive(role, watermark, until) {
      const control = await ready.current.promise;
      const { port1, port2 } = new MessageChannel();
      control.postMessage({ kind: "part", role, watermark, until } satisfies ToViewer, [port2]);
      return port1;
    },
    setBusy(busy) {
      void ready.current.promise.then((control) => control.postMessage({ kind: "busy", busy } satisfies ToViewer));
    },
  }));
  return (
    <iframe
      ref={frame}
      className={styles.frame}
      title={m.view_frame()}
      src="/viewer.html"
      sandbox="allow-scripts"
      referrerPolicy="no-referrer"
    />
  );
});
