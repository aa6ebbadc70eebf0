import { entry } from "../support.ts";
import type { Dice } from "./dice.ts";
import { cbor, grpcWeb, messagePack, mqttConnect, protobuf } from "./wire.ts";

/** What a placement makes: entries, and members for the log around them. */
export interface Scene {
  readonly entries: readonly object[];
  readonly log?: Readonly<Record<string, unknown>>;
}

export type Place = (name: string, value: string, d: Dice) => Scene;

const one = (request: object, response: object = {}, rest: object = {}): Scene => ({
  entries: [entry(request, response, rest)],
});
const url = (text: string): Scene => one({ url: text });
const header = (name: string, value: string): Scene => one({ headers: [{ name, value }] });
const answer = (name: string, value: string): Scene => one({}, { headers: [{ name, value }] });
const reply = (text: string, mimeType: string): Scene => one({}, { content: { size: text.length, mimeType, text } });
const bytes = (data: Buffer, mimeType: string): Scene =>
  one({}, { content: { size: data.length, mimeType, text: data.toString("base64"), encoding: "base64" } });
const post = (text: string, mimeType: string, rest: object = {}): Scene =>
  one({ method: "POST", postData: { mimeType, text, ...rest } });
const socket = (...data: string[]): Scene =>
  one(
    { url: "wss://app.example/ws" },
    {},
    {
      _webSocketMessages: data.map((text, i) => ({
        type: i % 2 === 0 ? "send" : "receive",
        time: i,
        opcode: 1,
        data: text,
      })),
    },
  );
const frames = (data: Buffer): Scene =>
  one({}, {}, { _webSocketMessages: [{ type: "send", time: 1, opcode: 2, data: data.toString("base64") }] });

const enc = encodeURIComponent;
const json = (name: string, value: string): string => JSON.stringify({ user: "op", [name]: value, n: 1 });
const flat = (value: string): string => value.replaceAll("\n", " ").trim();
const attr = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
const script = (text: string): string => JSON.stringify(text).replaceAll("<", "\\u003c");
const page = (inner: string): Scene =>
  reply(`<!doctype html><html><head>${inner}</head><body><p>Hello</p></body></html>`, "text/html; charset=utf-8");
const escaped = (name: string): string =>
  [...name].map((c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`).join("");

/** Placements where the name stands beside the value. */
export const NAMED: Readonly<Record<string, Place>> = {
  query: (n, v) => url(`https://app.example/a?page=2&${enc(n)}=${enc(v)}&x=1`),
  "query list only": (n, v) => one({ queryString: [{ name: n, value: v }] }),
  "query in relative url": (n, v) => answer("Location", `/cb?${enc(n)}=${enc(v)}`),
  matrix: (n, v) => url(`https://app.example/a;v=1;${enc(n)}=${enc(v)}/b?x=1`),
  fragment: (n, v) => url(`https://app.example/cb#x=1&${enc(n)}=${enc(v)}&s=2`),
  "fragment route": (n, v) => url(`https://app.example/#/login/cb?${enc(n)}=${enc(v)}`),
  "nested url": (n, v) => url(`https://app.example/go?next=${enc(`https://b.example/x?${enc(n)}=${enc(v)}`)}`),
  "nested url twice": (n, v) => url(`https://app.example/go?u=${enc(enc(`https://b.example/x?${enc(n)}=${enc(v)}`))}`),
  referer: (n, v) => header("referer", `https://app.example/x?${enc(n)}=${enc(v)}`),
  "location header": (n, v) => answer("LOCATION", `https://b.example/cb?${enc(n)}=${enc(v)}`),
  redirectURL: (n, v) => one({}, { redirectURL: `https://b.example/cb?${enc(n)}=${enc(v)}` }),
  "link header": (n, v) => answer("Link", `<https://a.example/n?${enc(n)}=${enc(v)}>; rel="next"`),
  "refresh header": (n, v) => answer("Refresh", `0;url=https://a.example/n?${enc(n)}=${enc(v)}`),
  ":path": (n, v) => header(":path", `/x?${enc(n)}=${enc(v)}`),
  cookie: (n, v) => header("cOOkie", `theme=dark; ${enc(n)}=${enc(v)}; lang=en`),
  "set-cookie": (n, v) => answer("Set-Cookie", `${enc(n)}=${enc(v)}; Path=/; HttpOnly; SameSite=Lax`),
  "set-cookie lines": (n, v) => answer("set-cookie", `a=1; Path=/\n${enc(n)}=${enc(v)}; Secure\nb=2`),
  "set-cookie commas": (n, v) =>
    answer("set-cookie", `a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT; Path=/, ${enc(n)}=${enc(v)}; Secure`),
  "cookies list": (n, v) => one({ cookies: [{ name: n, value: v }] }),
  "cookies set list": (n, v) => one({}, { cookies: [{ name: n, value: v, path: "/", httpOnly: true }] }),
  "header by name": (n, v) => header(`X-${n.replace(/[^A-Za-z0-9-]+/g, "-")}`, flat(v)),
  "header object": (n, v) => one({ headers: { accept: "*/*", [`x-${n.replace(/[^A-Za-z0-9-]+/g, "-")}`]: flat(v) } }),
  form: (n, v) => post(`a=1&${enc(n)}=${enc(v)}&b=2`, "application/x-www-form-urlencoded"),
  "form without type": (n, v) => post(`a=1&${enc(n)}=${enc(v)}&b=2`, ""),
  "form params": (n, v) =>
    one({
      method: "POST",
      postData: { mimeType: "application/x-www-form-urlencoded", params: [{ name: n, value: v }] },
    }),
  "form disagreeing": (n, v, d) =>
    post(`${enc(n)}=${d.text(20)}`, "application/x-www-form-urlencoded", { params: [{ name: n, value: v }] }),
  "multipart field": (n, v) =>
    post(
      `--B7\r\nContent-Disposition: form-data; name="${n}"\r\n\r\n${v}\r\n--B7--\r\n`,
      "multipart/form-data; boundary=B7",
    ),
  "multipart json": (n, v) =>
    post(
      `--B7\r\nContent-Disposition: form-data; name="doc"; filename="a.json"\r\nContent-Type: application/json\r\n\r\n${json(n, v)}\r\n--B7--\r\n`,
      "multipart/form-data; boundary=B7",
    ),
  json: (n, v) => reply(json(n, v), "application/json"),
  "json request": (n, v) => post(json(n, v), "application/vnd.api+json; charset=utf-8"),
  "json deep": (n, v) => reply(JSON.stringify({ a: [{ b: { [n]: v } }] }), "application/json"),
  "json list": (n, v) => reply(JSON.stringify({ [n]: [v, v] }), "application/json"),
  "json object under name": (n, v) => reply(JSON.stringify({ [n]: { value: v, ttl: 30 } }), "application/json"),
  "json thrice": (n, v) =>
    reply(JSON.stringify({ p: JSON.stringify({ q: JSON.stringify({ [n]: v }) }) }), "application/json"),
  "json escaped key": (n, v) => reply(`{"${escaped(n)}":${JSON.stringify(v)}}`, "application/json"),
  "json escaped value": (n, v) => reply(`{"${n}":"${escaped(v)}"}`, "application/json"),
  "json pretty": (n, v) => reply(JSON.stringify({ a: 1, [n]: v }, null, 2), "application/json"),
  "json base64 body": (n, v) => bytes(Buffer.from(json(n, v)), "application/json"),
  "name and value": (n, v) =>
    reply(
      JSON.stringify([
        { value: v, name: n },
        { name: n, value: v },
      ]),
      "application/json",
    ),
  "key and value": (n, v) => reply(JSON.stringify({ items: [{ key: n, value: v }] }), "application/json"),
  jsonp: (n, v) => reply(`/**/cb_17(${json(n, v)});`, "application/javascript"),
  xssi: (n, v) => reply(`)]}'\n${json(n, v)}`, "application/json"),
  ndjson: (n, v) => reply(`{"a":1}\n${json(n, v)}\n`, "application/x-ndjson"),
  "graphql variables": (n, v) =>
    post(
      JSON.stringify({
        operationName: "SignIn",
        variables: { input: { [n]: v } },
        query: "mutation SignIn($input: I!){ signIn(input:$input){ ok } }",
      }),
      "application/json",
    ),
  "graphql inline": (n, v) =>
    post(
      JSON.stringify({ query: `mutation { signIn(${n.replace(/\W/g, "")}: ${JSON.stringify(v)}) { ok } }` }),
      "application/json",
    ),
  "graphql extensions": (n, v) =>
    post(JSON.stringify([{ extensions: { persistedQuery: { version: 1 }, context: { [n]: v } } }]), "application/json"),
  "batch response": (n, v) =>
    reply(
      `--batch_1\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n${json(n, v)}\r\n--batch_1--`,
      "multipart/mixed; boundary=batch_1",
    ),
  "batch header": (n, v) =>
    post(
      `--batch_1\r\nContent-Type: application/http\r\n\r\nGET /x?${enc(n)}=${enc(v)} HTTP/1.1\r\nHost: a.example\r\n\r\n\r\n--batch_1--`,
      "multipart/mixed; boundary=batch_1",
    ),
  sse: (n, v) => reply(`event: m\nid: 7\ndata: ${json(n, v)}\n\n`, "text/event-stream"),
  "event source": (n, v) =>
    one({}, {}, { _eventSourceMessages: [{ time: 1, eventName: "m", eventId: "1", data: json(n, v) }] }),
  websocket: (n, v) => socket('{"hello":1}', json(n, v)),
  "socket.io": (n, v) => socket(`42/admin,7["auth",${json(n, v)}]`),
  sockjs: (n, v) => socket(`a${JSON.stringify([json(n, v)])}`),
  signalr: (n, v) => socket(`{"type":1,"target":"x","arguments":[${json(n, v)}]}\u001e{"type":6}\u001e`),
  stomp: (n, v) => socket(`CONNECT\naccept-version:1.2\nhost:a\n${n.replace(/[^\w-]/g, "")}:${flat(v)}\n\n\u0000`),
  "websocket binary json": (n, v) => frames(Buffer.from(json(n, v))),
  protobuf: (n, v) => bytes(protobuf(n, v), "application/x-protobuf"),
  "grpc-web": (n, v) => bytes(grpcWeb(n, v), "application/grpc-web+proto"),
  "grpc-web-text": (n, v) => reply(grpcWeb(n, v).toString("base64"), "application/grpc-web-text"),
  messagepack: (n, v) => bytes(messagePack(n, v), "application/msgpack"),
  cbor: (n, v) => frames(cbor(n, v)),
  "hidden input": (n, v) => page(`<form method=post><input type="hidden" name="${n}" value="${attr(v)}"></form>`),
  "input reversed": (n, v) => page(`<input value='${attr(v)}' type=hidden id="${n}">`),
  meta: (n, v) => page(`<meta name="${n}" content="${attr(v)}">`),
  "data attribute": (n, v) => page(`<div data-${n.replace(/[^a-z0-9]+/gi, "-").toLowerCase()}="${attr(v)}"></div>`),
  "attribute json": (n, v) => page(`<div data-props="${attr(json(n, v))}"></div>`),
  "inline script": (n, v) => page(`<script>var config = {"${n}": ${script(v)}, debug: false};</script>`),
  "window state": (n, v) => page(`<script>window.__STATE__ = JSON.parse(${script(json(n, v))});</script>`),
  "next data": (n, v) =>
    page(`<script id="__NEXT_DATA__" type="application/json">${json(n, v).replaceAll("<", "\\u003c")}</script>`),
  "local storage": (n, v) => page(`<script>localStorage.setItem("${n}", ${script(v)})</script>`),
  "document cookie": (n, v) => page(`<script>document.cookie = "${enc(n)}=${enc(v)}; path=/";</script>`),
  "html link": (n, v) => page(`<a href="https://a.example/x?${enc(n)}=${enc(v)}&amp;y=1">go</a>`),
  "meta refresh": (n, v) =>
    page(`<meta http-equiv="refresh" content="0; url=https://a.example/x?${enc(n)}=${enc(v)}">`),
  "html comment": (n, v) => page(`<!-- debug ${n}=${flat(v).replaceAll(" ", "_")} -->`),
  xml: (n, v) =>
    reply(
      `<?xml version="1.0"?><r><${n.replace(/[^\w.-]/g, "_")}>${attr(v)}</${n.replace(/[^\w.-]/g, "_")}></r>`,
      "text/xml",
    ),
  "xml attribute": (n, v) => reply(`<r a="1" ${n.replace(/[^\w.-]/g, "_")}="${attr(v)}"/>`, "application/xml"),
  javascript: (n, v) =>
    reply(`export const settings = { ${JSON.stringify(n)}: ${JSON.stringify(v)}, retries: 3 };`, "text/javascript"),
  "css url": (n, v) => reply(`.a{background:url("https://a.example/i.png?${enc(n)}=${enc(v)}")}`, "text/css"),
  "data url": (n, v) => url(`data:application/json;base64,${Buffer.from(json(n, v)).toString("base64")}`),
  "data url text": (n, v) => url(`data:application/json,${enc(json(n, v))}`),
  "source map": (n, v) =>
    reply(
      JSON.stringify({
        version: 3,
        sources: ["a.ts"],
        sourcesContent: [`const o = { ${JSON.stringify(n)}: ${JSON.stringify(v)} };`],
      }),
      "application/json",
    ),
  yaml: (n, v) => reply(`user: op\n${n.replace(/\W/g, "_")}: ${flat(v)}\nport: 80\n`, "text/yaml"),
  ini: (n, v) => reply(`[db]\nhost=a\n${n.replace(/\W/g, "_")} = ${flat(v)}\n`, "text/plain"),
  "python repr": (n, v) => reply(`{'user': 'op', '${n}': '${flat(v)}'}`, "text/plain"),
  "http dump": (n, v) =>
    reply(
      `POST /x HTTP/1.1\r\nHost: a.example\r\nX-${n.replace(/[^A-Za-z0-9-]+/g, "-")}: ${flat(v)}\r\n\r\n`,
      "message/http",
    ),
  initiator: (n, v) =>
    one({}, {}, { _initiator: { type: "script", url: `https://a.example/s.js?${enc(n)}=${enc(v)}` } }),
  "initiator stack": (n, v) =>
    one(
      {},
      {},
      {
        _initiator: {
          type: "script",
          stack: {
            callFrames: [{ functionName: "f", url: `https://a.example/s?${enc(n)}=${enc(v)}`, lineNumber: 1 }],
            parent: { callFrames: [] },
          },
        },
      },
    ),
  "vendor object": (n, v) => one({}, {}, { _acme: { deep: [{ [n]: v }] } }),
  "cache entry": (n, v) =>
    one(
      {},
      {},
      { cache: { beforeRequest: { lastAccess: "x", eTag: "", hitCount: 0, comment: json(n, v) }, afterRequest: null } },
    ),
  "entry comment": (n, v) => one({}, {}, { comment: `${n}=${flat(v).replaceAll(" ", "_")}` }),
  "page title": (n, v) => ({
    entries: [entry()],
    log: {
      pages: [
        {
          startedDateTime: "2026-01-01T00:00:00Z",
          id: "p1",
          title: `https://a.example/?${enc(n)}=${enc(v)}`,
          pageTimings: {},
        },
      ],
    },
  }),
  "creator comment": (n, v) => ({
    entries: [entry()],
    log: { creator: { name: "x", version: "1", comment: json(n, v) } },
  }),
  "browser comment": (n, v) => ({
    entries: [entry()],
    log: { browser: { name: "x", version: "1", comment: `${n}: ${flat(v).replaceAll(" ", "_")}` } },
  }),
  "unknown log member": (n, v) => ({ entries: [entry()], log: { _meta: { env: { [n]: v } } } }),
};

/** Placements without any name; only values that tell by themselves are asked of them. */
export const BARE: Readonly<Record<string, Place>> = {
  "path after reset": (_n, v) => url(`https://app.example/password/reset/${enc(v)}`),
  "path after magic": (_n, v) => url(`https://app.example/magic/${enc(v)}/confirm?x=1`),
  "path anywhere": (_n, v) => url(`https://app.example/u/${enc(v)}/home`),
  keyless: (_n, v) => url(`https://app.example/cb?${enc(v)}`),
  "fragment alone": (_n, v) => url(`https://app.example/cb#${enc(v)}`),
  "userinfo password": (_n, v) => url(`https://ci:${enc(v)}@git.example/x.git`),
  "bearer header": (_n, v) => header("AUTHORIZATION", `Bearer ${flat(v)}`),
  "token header": (_n, v) => header("Authorization", flat(v).replaceAll(" ", "")),
  "proxy header": (_n, v) => header("proxy-authorization", `Bearer ${flat(v)}`),
  "websocket protocol": (_n, v) =>
    header("Sec-WebSocket-Protocol", `base64url.bearer.${Buffer.from(v).toString("base64url")}, v1`),
  "custom header": (_n, v) => header("X-Acme-Context", flat(v)),
  "json plain": (_n, v) => reply(JSON.stringify({ data: v }), "application/json"),
  "json list bare": (_n, v) => reply(JSON.stringify(["auth", 1, v]), "application/json"),
  "json key": (_n, v) => reply(JSON.stringify({ [v]: { ok: true } }), "application/json"),
  "text body": (_n, v) => reply(v, "text/plain"),
  "text sentence": (_n, v) => reply(`Your value is ${flat(v)} until noon.`, "text/plain"),
  "multipart file": (_n, v) =>
    post(
      `--B\r\nContent-Disposition: form-data; name="f"; filename="k.txt"\r\nContent-Type: text/plain\r\n\r\n${v}\r\n--B--`,
      "multipart/form-data",
    ),
  "socket text": (_n, v) => socket(v),
  "curl command": (_n, v) =>
    reply(`curl -s -H 'Authorization: Bearer ${flat(v).replaceAll(" ", "")}' https://a.example/x`, "text/plain"),
  "element text": (_n, v) => page(`<code class="k">${attr(v)}</code>`),
  "script string": (_n, v) => page(`<script>start(${script(v)});</script>`),
  "mqtt connect": (_n, v) => frames(mqttConnect("op", v)),
  "protobuf bare": (_n, v) => frames(protobuf("x", v)),
  "page id": (_n, v) => ({
    entries: [entry({}, {}, { pageref: v })],
    log: { pages: [{ id: v, title: "t", startedDateTime: "2026-01-01T00:00:00Z", pageTimings: {} }] },
  }),
  connection: (_n, v) => one({}, {}, { connection: v }),
  "vendor text": (_n, v) => one({}, {}, { _trace: [v] }),
  "otpauth url": (_n, v) =>
    reply(JSON.stringify({ qr: `otpauth://totp/Acme:op?secret=${enc(v)}&issuer=Acme` }), "application/json"),
  "database url": (_n, v) =>
    reply(JSON.stringify({ dsn: `postgres://app:${enc(v)}@db.example:5432/x` }), "application/json"),
  "presigned s3": (_n, v) =>
    url(
      `https://b.s3.example/k.pdf?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${enc(v)}%2F20260101%2Feu%2Fs3%2Faws4_request&X-Amz-Signature=${enc(v)}`,
    ),
  "azure sas": (_n, v) =>
    reply(
      `{"upload":"https://acct.blob.example/c/k?sv=2022-11-02&se=2026-01-01&sr=b&sp=r&sig=${enc(v)}"}`,
      "application/json",
    ),
  "gcs signed": (_n, v) =>
    answer("Location", `https://storage.example/b/o?X-Goog-Algorithm=GOOG4-RSA-SHA256&X-Goog-Signature=${enc(v)}`),
};

/** Where an echo may stand: the text is given encoded, so nothing here may change it. */
export const ECHOES: Readonly<Record<string, (text: string) => Scene>> = {
  "json value": (t) => reply(JSON.stringify({ note: t }), "application/json"),
  "json request": (t) => post(JSON.stringify({ note: t }), "application/json"),
  "text body": (t) => reply(t, "text/plain"),
  "html text": (t) => reply(`<p>${t}</p>`, "text/html"),
  "script body": (t) => reply(`/* build */ var a = 1; // ${t.replaceAll("\n", "\\n")}`, "application/javascript"),
  "query value": (t) => url(`https://app.example/q?note=${enc(t)}`),
  "form value": (t) => post(`a=1&note=${enc(t)}`, "application/x-www-form-urlencoded"),
  "base64 body": (t) => bytes(Buffer.from(t), "application/octet-stream"),
  "socket frame": (t) => socket(t),
  "custom header": (t) => header("X-Debug-Note", t.replace(/[\r\n]+/g, " ")),
  comment: (t) => one({}, {}, { comment: t }),
  "vendor field": (t) => one({}, {}, { _acme: { note: [t] } }),
  "page title": (t) => ({
    entries: [],
    log: { pages: [{ id: "p1", title: t, startedDateTime: "2026-01-01T00:00:00Z", pageTimings: {} }] },
  }),
  etag: (t) => answer("ETag", `"${t.replace(/[\r\n"]+/g, "")}"`),
  connection: (t) => one({}, {}, { connection: t, serverIPAddress: t }),
};

/** Cut anywhere, over two messages. */
export function splitFrames(value: string, d: Dice): Scene {
  const cut = 1 + d.number(Math.max(1, value.length - 1));
  return socket(`{"part":"${value.slice(0, cut)}`, `${value.slice(cut)}"}`);
}
