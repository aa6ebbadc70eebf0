import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const SOURCES = join(import.meta.dirname, "../src/index.ts");

/** Runs in a process of its own, in which every way out throws before the package is loaded. */
const CHILD = `
import dgram from "node:dgram";
import dns from "node:dns";
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";
import net from "node:net";
import tls from "node:tls";
let tried = 0;
const blocked = () => { tried++; throw new Error("blocked"); };
net.Socket.prototype.connect = blocked;
for (const [module, names] of [[net, ["connect", "createConnection"]], [tls, ["connect"]], [http, ["request", "get"]], [https, ["request", "get"]], [dgram, ["createSocket"]], [dns, ["lookup", "resolve", "resolve4"]]])
  for (const name of names) module[name] = blocked;
syncBuiltinESMExports();
for (const name of ["fetch", "WebSocket", "EventSource", "XMLHttpRequest"]) globalThis[name] = blocked;
const { BufferSink, bytesSource, sanitise } = await import(process.argv[1]);
const { readFileSync } = await import("node:fs");
const sink = new BufferSink();
const report = await sanitise(bytesSource(readFileSync(0)), sink, { key: new Uint8Array(32).fill(1) });
let refused = 0;
try { net.connect(1, "127.0.0.1"); } catch { refused = 1; }
console.log(JSON.stringify({ tried: tried - refused, refused, total: report.counts.total, bytes: sink.length }));
`;

describe("sanitise without a network", () => {
  it("D3: contacts nobody, in a process whose sockets, resolvers and fetch throw", () => {
    const file = {
      log: {
        version: "1.2",
        creator: { name: "test", version: "1" },
        entries: [
          {
            request: {
              method: "GET",
              url: "https://app.example/a?access_token=Zq81kfPw02LmxA7tHu63Bn9s",
              headers: [{ name: "Cookie", value: "sid=Xa72jdQe91KnzB5uGt84Vm3c" }],
            },
            response: {
              status: 200,
              content: { mimeType: "text/html", text: '<img src="https://tracker.example/x.png">' },
            },
          },
        ],
      },
    };
    const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", CHILD, SOURCES], {
      encoding: "utf8",
      input: JSON.stringify(file),
      timeout: 60_000,
    });
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ tried: 0, refused: 1, total: 2 });
  });
});
