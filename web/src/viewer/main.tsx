import { createRoot } from "react-dom/client";
import "../ui/styles/global.css";
import { setLocale, startLocale } from "../i18n/index.ts";
import { setTheme, startTheme, UiProvider } from "../ui/index.ts";
import { lockDown } from "./lockdown.ts";
import { READY, type FromViewer, type ToViewer } from "./protocol.ts";
import { ViewerStore } from "./store.ts";
import { Viewer } from "./viewer.tsx";

// First of all, and before the page learns that this frame is there.
lockDown(globalThis);
startTheme();
startLocale();

const store = new ViewerStore();

function begin(port: MessagePort): void {
  const tell = (message: FromViewer): void => port.postMessage(message);
  port.addEventListener("message", ({ data, ports }: MessageEvent<ToViewer>) => {
    const part = ports[0];
    if (data.kind === "busy") store.setBusy(data.busy);
    if (data.kind !== "part" || !part) return;
    const { role, watermark, until } = data;
    const receive = async (): Promise<void> => {
      if (!(await store.receive(role, part, watermark, until))) tell({ kind: "broken", role });
    };
    void receive();
  });
  port.start();
  const root = document.getElementById("root");
  if (!root) throw new Error("viewer.html has no root element.");
  createRoot(root).render(
    <UiProvider>
      <Viewer store={store} onWant={(roles) => tell({ kind: "want", roles })} />
    </UiProvider>,
  );
}

// One greeting, from the page around this frame; its origin is known by the frame-ancestors policy, which allows our own only.
const greet = ({ source, data, ports }: MessageEvent<ToViewer>): void => {
  const port = ports[0];
  if (source !== parent || data.kind !== "init" || !port) return;
  removeEventListener("message", greet);
  setLocale(data.locale);
  setTheme(data.theme);
  begin(port);
};
addEventListener("message", greet);
// The page's origin cannot be known from an opaque one; the message says nothing but that the frame is ready.
parent.postMessage(READY, "*");
