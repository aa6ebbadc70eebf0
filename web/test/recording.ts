/** A recording with everything that a preview has to show, made here so that tests need no shared data. */
const HOUR = 3_600_000;

function base64url(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

/** Signed with nothing: only its form is of interest. */
function token(now: number): string {
  const claims = {
    iss: "https://corp.okta.com",
    sub: "00u1abcd2345efgh6789",
    email: PERSON,
    jti: "AT.q8Zk1mfPw02LmxA7tHu63Vb5n",
    sid: "idx7Kq0Lw93mNa8BvTc64",
    scp: ["okta.users.manage"],
    exp: Math.floor((now + 3 * HOUR) / 1000),
  };
  return `${base64url({ alg: "RS256", kid: "k1" })}.${base64url(claims)}.Zq81kfPw02LmxA7tHu63Vb5nQw9Er4Ty6Ui8Op0As2Df4Gh6Jk8Lz0Xc2Vb4Nm6`;
}

export const PERSON = "first.reporter@corp.example";
export const COOKIE = "Xy7Kq0Lw93mNa8BvTc64Pd2R";
export const EXPIRED = "Bv4Nm6Qw8Er0Ty2Ui4Op6As8D";
export const PREFERENCE_TOKEN = "Jk8Lz0Xc2Vb4Nm6Qw8Er0Ty2";

/** `entries` requests of a made-up sign-in, as a HAR text. */
export function recording(entries: number, now = Date.now()): string {
  const jwt = token(now);
  const list = Array.from({ length: entries }, (_, at) => ({
    startedDateTime: new Date(now - HOUR + at * 40).toISOString(),
    time: 35 + (at % 7) * 20,
    request: {
      method: at % 5 === 3 ? "POST" : "GET",
      url: `https://corp-admin.okta.com/api/v1/users/${at}?access_token=${PREFERENCE_TOKEN}&page=${at}`,
      httpVersion: "h2",
      headers: [
        { name: "Accept", value: "application/json" },
        { name: "Authorization", value: `Bearer ${jwt}` },
        { name: "Cookie", value: `sid=${COOKIE}` },
      ],
      cookies: [{ name: "sid", value: COOKIE }],
      queryString: [
        { name: "access_token", value: PREFERENCE_TOKEN },
        { name: "page", value: String(at) },
      ],
      headersSize: -1,
      bodySize: at % 5 === 3 ? 40 : 0,
      ...(at % 5 === 3
        ? { postData: { mimeType: "application/json", text: JSON.stringify({ password: "correct-horse-9", at }) } }
        : {}),
    },
    response: {
      status: at % 11 === 10 ? 500 : 200,
      statusText: "OK",
      httpVersion: "h2",
      headers: [
        { name: "content-type", value: "application/json" },
        {
          name: "Set-Cookie",
          value: `old=${EXPIRED}; Expires=${new Date(now - 24 * HOUR).toUTCString()}; HttpOnly; Secure`,
        },
      ],
      cookies: [],
      content: {
        size: 90,
        mimeType: "application/json",
        text: JSON.stringify({ at, email: PERSON, note: at === 7 ? "needle-in-the-haystack" : "plain" }),
      },
      redirectURL: "",
      headersSize: -1,
      bodySize: 90,
    },
    cache: {},
    timings: { blocked: 1, dns: 2, connect: 6, ssl: 3, send: 1, wait: 20 + (at % 7) * 15, receive: 5 },
  }));
  return JSON.stringify({ log: { version: "1.2", creator: { name: "test", version: "1" }, entries: list } });
}
