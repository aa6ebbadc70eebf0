import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endSlowBody } from "./slow.ts";

const LIMIT_MS = 150;
let server: Server;
let socket: Socket;
beforeEach(async () => {
  server = createServer((request, response) => {
    endSlowBody(request, LIMIT_MS);
    text(request).then(
      (body) => setTimeout(() => response.end(`got ${body}`), 2 * LIMIT_MS),
      () => {},
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  await once(socket, "connect");
});
afterEach(() => {
  socket.destroy();
  server.close();
});

describe("endSlowBody()", () => {
  it("closes the connection of a body that comes a byte at a time", async () => {
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
    const drip = setInterval(() => socket.write("a"), 20);
    const answer = await text(socket).catch(() => "");
    clearInterval(drip);
    expect(answer).toBe("");
  });

  it("leaves a request alone whose body arrived, however long its answer takes", async () => {
    socket.write("POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 3\r\n\r\nabc");
    expect(await text(socket)).toContain("got abc");
  });
});
