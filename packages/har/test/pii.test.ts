import { describe, expect, it } from "vitest";
import { isBsn, isMyNumber, isSsn } from "../src/find/pii.ts";
import { BufferSink, bytesSource, parsePolicy, sanitise, sanitiseText, type Policy } from "../src/index.ts";
import { body, entry, har, KEY, run } from "./support.ts";

const enc = new TextEncoder();

async function json(value: object): Promise<string> {
  const { output } = await run(har(body(JSON.stringify(value))));
  const text: string = JSON.parse(output).log.entries[0].response.content.text;
  return text;
}

async function log(text: string, policy?: Policy): Promise<string> {
  const sink = new BufferSink();
  await sanitiseText(bytesSource(enc.encode(text)), sink, { key: KEY, kind: "log", policy });
  return new TextDecoder().decode(sink.bytes());
}

describe("personal data", () => {
  it.each([
    ["phone", "+31 20 794 0000"],
    ["mobileNumber", "0612345678"],
    ["cardNumber", "4111111111111111"],
    ["iban", "NL91ABNA0417164300"],
    ["bsn", "111222333"],
    ["myNumber", "123456789018"],
    ["ssn", "078-05-1120"],
    ["nino", "AB123456C"],
    ["codiceFiscale", "RSSMRA85T10A562S"],
    ["passportNumber", "NW2345678"],
    ["firstName", "Anna"],
    ["dateOfBirth", "1980-02-29"],
    ["shippingAddress", "Dorpsstraat 1"],
    ["氏名", "山田太郎"],
    ["マイナンバー", "123456789018"],
    ["電話番号", "03-1234-5678"],
    ["clientIp", "81.2.69.142"],
    ["remoteAddr", "2a02:898:52::5:1"],
  ])("[har 5] goes under %s", async (name, value) => {
    const text = await json({ [name]: value, other: "kept" });
    expect(text).not.toContain(value);
    expect(text).toContain('"other":"kept"');
  });

  it.each([
    ["Her BSN is 111222333 since birth", "111222333"],
    ["My Number: 1234 5678 9018 was given", "1234 5678 9018"],
    ["マイナンバー：123456789018 です", "123456789018"],
    ["social security number 078-05-1120", "078-05-1120"],
    ["pay to NL91 ABNA 0417 1643 00 please", "NL91 ABNA 0417 1643 00"],
    ["card 4111 1111 1111 1111 was declined", "4111 1111 1111 1111"],
    ["call +81 3 1234 5678 today", "+81 3 1234 5678"],
  ])("[har 5] goes in prose where a word or check digit tells: %s", async (text, value) => {
    expect(await log(`${text}\n`)).not.toContain(value);
    expect(await json({ text })).not.toContain(value);
  });

  it("[har B5] stays where nothing tells: order numbers, versions, dates, servers and networks of nobody", async () => {
    const value = {
      order: "111222334",
      build: "123456789018",
      version: "10.0.19045.2",
      at: "2026-11-24",
      clientIp: "10.1.2.3",
      host: "81.2.69.142",
      note: "BSN 111222334 and number 123456789018",
      ip: "not yet known",
      name: "Checkout Service",
    };
    expect(JSON.parse(await json(value))).toEqual(value);
    const line = "2026-11-24 10:00:00 server 81.2.69.142:443 version 1.2.3.4 order 111222333 took 12:34:56\n";
    expect(await log(line)).toBe(line);
  });

  it("hides whom a proxy forwards for, and keeps what the servers' addresses are", async () => {
    const item = entry(
      {
        headers: [
          { name: "X-Forwarded-For", value: "81.2.69.142, 10.0.0.1" },
          { name: "Forwarded", value: 'for="[2a02:898:52::5:1]";proto=https' },
          { name: "Via", value: "1.1 81.2.69.1" },
        ],
      },
      {},
      { serverIPAddress: "81.2.69.1" },
    );
    const { output, report } = await run(har(item));
    expect(output).not.toMatch(/81\.2\.69\.142|2a02:898/);
    expect(output).toMatch(/redacted[0-9a-f]{20}, 10\.0\.0\.1/);
    expect(output).toContain(";proto=https");
    expect(output).toContain('"serverIPAddress":"81.2.69.1"');
    expect(report.counts.byRule["pii.ip"]).toBe(2);
    expect((await run(output)).output).toBe(output);
  });

  it("isBsn, isMyNumber and isSsn check as the issuers do", () => {
    expect([isBsn("111222333"), isBsn("111222334"), isBsn("000000000")]).toEqual([true, false, false]);
    expect([isMyNumber("123456789018"), isMyNumber("123456789012")]).toEqual([true, false]);
    expect([isSsn("078051120"), isSsn("666051120"), isSsn("900051120"), isSsn("078001120")]).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

const policy = parsePolicy(
  JSON.stringify({
    format: "breakwater-har-policy/1",
    name: "test",
    redactNames: ["costCentre", "x-request-id", "serverIPAddress"],
    keepNames: ["answer", "displayName", "apiKey"],
  }),
);

async function ruled(input: string): Promise<{ readonly output: string; readonly loosened: readonly string[] }> {
  const sink = new BufferSink();
  const report = await sanitise(bytesSource(enc.encode(input)), sink, { key: KEY, policy });
  return { output: new TextDecoder().decode(sink.bytes()), loosened: report.loosened };
}

describe("a policy's names", () => {
  const places: readonly (readonly [string, object])[] = [
    ["a header", entry({ headers: [{ name: "Cost-Centre", value: "K77" }] })],
    ["an evidence header", entry({ headers: [{ name: "X-Request-Id", value: "K77" }] })],
    ["a query", entry({ url: "https://a.example/?cost_centre=K77" })],
    ["a JSON string", body('{"costCentre":"K77"}')],
    ["a JSON number", body('{"costCentre":7734}')],
    ["a JSON object", body('{"costCentre":{"id":["K77"],"n":7734}}')],
    ["a field of the format", entry({}, {}, { serverIPAddress: "K77" })],
    ["a member of the file", entry({}, {}, { _costCentre: 1, costCentre: "K77" })],
    ["a form", entry({ postData: { mimeType: "application/x-www-form-urlencoded", text: "a=1&costCentre=K77" } })],
    ["plain text", body("the cost-centre: K77 is charged", "text/plain")],
    ["code", body('var x = {costCentre: "K77"}; const COST_CENTRE="K77";', "text/javascript")],
    ["HTML", body('<input name="costCentre" value="K77">', "text/html")],
    ["XML", body("<a><costCentre>K77</costCentre></a>", "text/xml")],
  ];
  it.each(places)("are redacted in %s, whatever the value looks like", async (_, item) => {
    const { output } = await ruled(har(item));
    expect(output).not.toMatch(/K77|7734/);
    expect((await ruled(output)).output).toBe(output);
  });

  it("are redacted in logs", async () => {
    expect(await log('10:00 charge costCentre=K77 cost centre: "K 77" done\n', policy)).toMatch(
      /^10:00 charge costCentre=redacted\w+ cost centre: "redacted\w+" done\n$/,
    );
  });

  it("are kept in text, code and as personal names, and the loosening is told", async () => {
    const item = body('{"answer":"forty-two1","displayName":"Anna de Vries","t":"x answer=Zq81kf9 y"}');
    const code = body('var apiKey="12345678abc";', "text/javascript");
    const { output, loosened } = await ruled(har(item, code));
    expect(output).toContain("forty-two1");
    expect(output).toContain("Anna de Vries");
    expect(output).toContain("answer=Zq81kf9");
    expect(output).toContain("12345678abc");
    expect(loosened).toEqual(["answer", "apikey", "displayname"]);
  });
});
