import { zipSync } from "fflate";
import { expect, test } from "vitest";
import { entry, har, refusal, run } from "./support.ts";

const SECRET = "Wd83kQz02LmxA7tHu63Bn9sPf5";
const text = new TextEncoder().encode(
  har(
    entry(
      { headers: [{ name: "Cookie", value: `sid=${SECRET}` }] },
      { content: { size: 9, mimeType: "text/html", _file: "abc.html" } },
    ),
  ),
);
const attached = new TextEncoder().encode(`<p>${SECRET}</p>`.repeat(1000));

test.each([0, 6] as const)(
  "sanitise reads the recording in a ZIP archive, compression level %i, and leaves attachments behind",
  async (level) => {
    const zip = zipSync({ "abc.html": attached, "har.har": text, "zzz.png": attached }, { level });
    const { output } = await run(zip);
    expect(JSON.parse(output)).toMatchObject({ log: { entries: [{ response: { content: { _file: "abc.html" } } }] } });
    expect(output).not.toContain(SECRET);
  },
);

test("sanitise refuses an archive without a recording, and a damaged one", async () => {
  expect((await refusal(run(zipSync({ "a.txt": attached })))).code).toBe("har.notHar");
  const zip = zipSync({ "har.har": text });
  for (let at = 4; at < zip.length - 30; at += 7)
    expect(["har.compression", "har.notHar", "har.truncated", "har.notJson"]).toContain(
      (await refusal(run(zip.slice(0, Math.min(at, 200))))).code,
    );
  const bent = zip.slice();
  bent.fill(0xff, 60, 90);
  expect(["har.compression", "har.notJson", "har.truncated", "har.notHar"]).toContain((await refusal(run(bent))).code);
});
