import workerUrl from "virtual:engine-worker";

// The only script of engine.html: it starts the worker that holds the keys and gives its port to the page around it.
// The target origin is our own, so another site that frames this document gets nothing.
if (parent !== self) {
  const worker = new Worker(workerUrl, { type: "module", name: "breakwater-engine" });
  worker.addEventListener("message", (event: MessageEvent) => {
    const port = event.ports[0];
    if (event.data === "port" && port) parent.postMessage("breakwater-engine", location.origin, [port]);
  });
}
