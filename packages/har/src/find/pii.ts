import { flatten, wordsOf } from "../names.ts";
import { isPseudonym } from "../shapes.ts";
import type { Walker } from "../walker.ts";

/** Personal data by name and shape. Check digits keep order numbers and identifiers readable. */

const NATIONAL = new Set([
  "ssn",
  "socialsecuritynumber",
  "socialsecurity",
  "bsn",
  "burgerservicenummer",
  "mynumber",
  "mynumbercard",
  "individualnumber",
  "nationalid",
  "nationalidnumber",
  "taxid",
  "taxnumber",
  "tin",
  "personnummer",
  "cpf",
  "aadhaar",
  "passport",
  "passportnumber",
  "passportno",
  "driverslicense",
  "nino",
  "kojinbango",
  "sofinummer",
  "personalnumber",
  "personnr",
  "fodselsnummer",
  "cprnumber",
  "henkilotunnus",
  "nationalinsurancenumber",
  "nhsnumber",
  "codicefiscale",
  "fiscalcode",
  "steuerid",
  "steueridentifikationsnummer",
  "sozialversicherungsnummer",
  "svnr",
  "nir",
  "numerosecuritesociale",
  "dni",
  "nie",
  "curp",
  "pesel",
  "cnp",
  "nric",
  "hkid",
  "aadhaarnumber",
  "pannumber",
  "idcardnumber",
  "identitynumber",
  "personalid",
  "drivinglicence",
  "driverlicense",
  "licensenumber",
  "rijksregisternummer",
]);
/** Names in scripts that have no ASCII letters. */
const NATIONAL_SCRIPT = /個人番号|マイナンバー|身份证|주민등록번호/;
const PERSON_SCRIPT = /氏名|名前|姓名|お名前|フリガナ|ふりがな|住所|生年月日|이름|성명/;
const PHONE_SCRIPT = /電話|携帯|手机|전화/;
const PHONE = new Set([
  "phone",
  "phonenumber",
  "telephone",
  "telephonenumber",
  "tel",
  "mobile",
  "mobilephone",
  "mobilenumber",
  "cellphone",
  "cell",
  "fax",
  "msisdn",
  "homephone",
  "workphone",
  "primaryphone",
]);
const PERSON = new Set([
  "firstname",
  "lastname",
  "givenname",
  "familyname",
  "surname",
  "middlename",
  "fullname",
  "displayname",
  "personname",
  "maidenname",
  "realname",
  "holdername",
  "cardholder",
  "cardholdername",
  "accountholder",
  "streetaddress",
  "street",
  "addressline1",
  "addressline2",
  "birthdate",
  "dateofbirth",
  "dob",
  "birthday",
  "nickname",
  "contactname",
  "customername",
  "username",
  "loginid",
  "patientname",
  "employeename",
  "legalname",
  "preferredname",
  "nomcomplet",
  "prenom",
  "vorname",
  "nachname",
  "voornaam",
  "achternaam",
  "geboortedatum",
  "geburtsdatum",
  "homeaddress",
  "postaladdress",
  "mailingaddress",
  "shippingaddress",
  "billingaddress",
  "address1",
  "address2",
  "street1",
  "street2",
  "streetname",
  "userlogin",
]);
const CARD = new Set(["card", "cardnumber", "pan", "ccnumber", "creditcard", "creditcardnumber", "accountnumber"]);
const IBAN = new Set(["iban", "bankaccount", "accountiban"]);

/** Names under which applications keep where somebody is on the network. */
const ADDRESS = new Set([
  "ip",
  "ipaddress",
  "ipaddr",
  "ipv4",
  "ipv6",
  "clientip",
  "clientipaddress",
  "clientaddress",
  "remoteip",
  "remoteaddr",
  "remoteaddress",
  "userip",
  "useripaddress",
  "sourceip",
  "sourceipaddress",
  "loginip",
  "lastloginip",
  "visitorip",
  "customerip",
  "xforwardedfor",
  "xrealip",
  "trueclientip",
  "forwardedfor",
]);

type Personal = "address" | "national" | "phone" | "card" | "iban" | "person" | "name" | "none";

const kinds = new Map<string, Personal>();
const KINDS_MAX = 20_000;

function scriptKind(name: string): Personal {
  if (NATIONAL_SCRIPT.test(name)) return "national";
  if (PHONE_SCRIPT.test(name)) return "phone";
  return PERSON_SCRIPT.test(name) ? "person" : "none";
}

/** Does the name alone say that its value is about a person? */
export function isPersonalName(name: string): boolean {
  const kind = personalKind(name);
  return kind !== "none" && kind !== "name";
}

function personalKind(name: string): Personal {
  const known = kinds.get(name);
  if (known !== undefined) return known;
  const flat = flatten(name);
  let kind: Personal = "none";
  if (flat.length < 3 && /\P{ASCII}/u.test(name)) kind = scriptKind(name);
  else if (NATIONAL.has(flat) || NATIONAL.has(wordsOf(name).at(-1) ?? "")) kind = "national";
  // What a recorder itself notes (WebPageTest's `_ip_addr`) is the server's.
  else if (ADDRESS.has(flat) && !name.startsWith("_")) kind = "address";
  else if (PHONE.has(flat)) kind = "phone";
  else if (CARD.has(flat)) kind = "card";
  else if (IBAN.has(flat)) kind = "iban";
  else if (PERSON.has(flat)) kind = "person";
  else if (flat === "name") kind = "name";
  if (kinds.size >= KINDS_MAX) kinds.clear();
  if (name.length <= 200) kinds.set(name, kind);
  return kind;
}

const PERSON_NAME = /^\p{Lu}\p{Ll}+(?:[ '-](?:\p{Lu}\p{Ll}+|van|von|de|der|den|da|di|la|le|bin|al|ter)){1,4}$/u;

/** Personal by its name, with the value's form as a second witness. Returns the replacement, or undefined if it is none. */
export function rewritePersonal(value: string, name: string, w: Walker): string | undefined {
  if (value.length < 2 || value.length > 200 || name === "") return undefined;
  const kind = personalKind(name);
  if (kind === "none" || isPseudonym(value) || w.nameClass(name) === "safe") return undefined;
  if (kind === "address") {
    const next = rewriteAddresses(value, w);
    return next === value ? undefined : next;
  }
  const digits = value.replace(/[\s().-]/g, "");
  if (kind === "national")
    return /\d{5,}/.test(digits) || (digits.length >= 8 && /^[A-Z0-9]+$/i.test(digits) && /\d.*\d/.test(digits))
      ? w.personal(value, "pii.national")
      : undefined;
  if (kind === "phone") return /^\+?\d{6,16}$/.test(digits) ? w.personal(value, "pii.phone") : undefined;
  if (kind === "card") return /^\d{8,19}$/.test(digits) ? w.personal(value, "pii.card") : undefined;
  if (kind === "iban") return /^[A-Z]{2}\d{2}[A-Z0-9]{8,30}$/i.test(digits) ? w.personal(value, "pii.iban") : undefined;
  if (kind === "person")
    return /[\p{L}\d]/u.test(value) && !/[@/:{}[\]<>]/.test(value) ? w.personal(value, "pii.name") : undefined;
  // A bare `name` is mostly a thing's; two capitalised words without digits are mostly a person's.
  return PERSON_NAME.test(value) && !THING.test(value) ? w.personal(value, "pii.name") : undefined;
}

/** Words that things have in their names and people do not. */
const THING =
  /\b(?:New|The|Page|User|Group|Team|Admin|App|Service|Data|Web|Mobile|Test|Default|Home|Account|All|And|For|Of|View|List|Item|Product|Open|Google|Apple|Microsoft|Mozilla|Firefox|Chrome|Safari|Insomnia|Client|Server|Api|Rest|Inspector|Network|System|United|States|Republic|Island|Islands|City|Street|Time|Standard|Daylight|Sans|Serif|Font|Color|Line|Box|Right|Left|Top|Menu|Button|Site|News|Sign|Log|Load|Wiki|English)\b/;

const LOCAL = /[A-Za-z0-9._%+'-]/;
const DOMAIN = /^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}\b/;
const FILE_DOMAIN = /\.(?:png|jpe?g|gif|svg|webp|js|mjs|css|map|json|html?)$/i;
const MAX_LOCAL = 64;

/** E-mail addresses: the local part goes, the domain stays (it decides routing and single sign-on). RFC 5321 section 4.5.3.1 gives the lengths. */
export function rewriteEmails(text: string, w: Walker): string {
  let at = text.indexOf("@");
  if (at < 0) return text;
  const out: string[] = [];
  let kept = 0;
  for (; at >= 0; at = text.indexOf("@", at + 1)) {
    let start = at;
    while (start > kept && at - start < MAX_LOCAL && LOCAL.test(text.charAt(start - 1))) start--;
    const local = text.slice(start, at).replace(/^[%'.-]+/, "");
    if (local.length === 0 || isPseudonym(local)) continue;
    const domain = DOMAIN.exec(text.slice(at + 1, at + 255))?.[0];
    if (domain === undefined || FILE_DOMAIN.test(domain) || /^\d+\.\d/.test(domain)) continue;
    const address = `${local}@${domain}`;
    const next = w.personal(address, "pii.email");
    if (next === address) continue;
    out.push(text.slice(kept, at - local.length), next, "@");
    kept = at + 1;
  }
  return out.length === 0 ? text : out.join("") + text.slice(kept);
}

const CARD_RUN = /(?<![\d.A-Za-z_-])(?:[3-6]\d{3})(?:[ -]?\d{4}){2}[ -]?\d{3,4}(?:\d{0,3})(?![\d.A-Za-z_-])/g;
const IBAN_RUN = /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b/g;
const PHONE_RUN = /(?<![\w+/=])\+[1-9]\d{0,2}[ .-]?\(?\d{1,4}\)?(?:[ .-]?\d{2,4}){2,4}(?![\w/=])/g;

/** Numbers that prove themselves by check digit, or begin as international telephone numbers do. */
export function rewriteNumbers(text: string, w: Walker): string {
  let out = text;
  if (/\d{4}[ -]?\d{4}/.test(out))
    out = out.replace(CARD_RUN, (run) => (luhn(run.replace(/\D/g, "")) ? w.personal(run, "pii.card") : run));
  if (/[A-Z]{2}\d{2}/.test(out))
    out = out.replace(IBAN_RUN, (run) => (mod97(run.replace(/ /g, "")) ? w.personal(run, "pii.iban") : run));
  if (out.includes("+"))
    out = out.replace(PHONE_RUN, (run) => (run.replace(/\D/g, "").length >= 9 ? w.personal(run, "pii.phone") : run));
  out = rewriteHinted(out, w);
  if (out.length < 200)
    out = out.replace(/(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])/g, (run) => w.personal(run, "pii.national"));
  return out;
}

const HINTS = /bsn|sofi|burger|ssn|social|my ?number|aadhaar|個人番号|マイナンバー/i;
const HINTED =
  /(\b(?:bsn|sofi(?:nummer)?|burgerservicenummer|ssn|social security(?: number| no)?|my ?number|aadhaar)\b|個人番号|マイナンバー)([^\d\r\n]{1,20})(\d[\d .-]{7,14}\d)(?![\d.-])/gi;

/** Numbers without a word beside them are order numbers as often as people's; with one, their check digit decides. */
function rewriteHinted(text: string, w: Walker): string {
  if (!HINTS.test(text)) return text;
  return text.replace(HINTED, (whole, hint: string, between: string, number: string) => {
    const digits = number.replace(/\D/g, "");
    const lower = hint.toLowerCase();
    const good = /^(?:bsn|sofi|burger)/.test(lower)
      ? isBsn(digits)
      : /^(?:ssn|social)/.test(lower)
        ? isSsn(digits)
        : lower === "aadhaar"
          ? digits.length === 12
          : isMyNumber(digits);
    return good ? hint + between + w.personal(number, "pii.national") : whole;
  });
}

/** Burgerservicenummer: nine digits, weights 9 to 2 and -1, a multiple of eleven ("elfproef"). */
export function isBsn(digits: string): boolean {
  if (!/^\d{8,9}$/.test(digits) || /^0+$/.test(digits)) return false;
  const nine = digits.padStart(9, "0");
  let sum = 0;
  for (let i = 0; i < 9; i++) sum += (nine.charCodeAt(i) - 48) * (i === 8 ? -1 : 9 - i);
  return sum % 11 === 0;
}

/** Individual number of Japan: ordinance 85 of 2014 (Ministry of Internal Affairs), article 5: eleven digits and a check digit modulo 11. */
export function isMyNumber(digits: string): boolean {
  if (!/^\d{12}$/.test(digits)) return false;
  let sum = 0;
  for (let n = 1; n <= 11; n++) sum += (digits.charCodeAt(11 - n) - 48) * (n <= 6 ? n + 1 : n - 5);
  const rest = sum % 11;
  return digits.charCodeAt(11) - 48 === (rest <= 1 ? 0 : 11 - rest);
}

/** Numbers that the Social Security Administration never issues are none. */
export function isSsn(digits: string): boolean {
  return /^(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}$/.test(digits);
}

const IPV4 = /(?<![\d.])(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)(?![\d.])/g;
const IPV6 =
  /(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::|[0-9a-f]{1,4}|(?::[0-9a-f]{1,4}){1,5})(?![\w:])|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}(?::[0-9a-f]{1,4}){1,5}(?![\w:])/gi;
/** RFC 1918, RFC 6598, loopback, link-local, documentation, multicast; RFC 4193 and 4291: of a network, not of a person. */
const NOBODY =
  /^(?:0\.|10\.|127\.|169\.254\.|172\.(?:1[6-9]|2\d|3[01])\.|192\.168\.|192\.0\.2\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|2(?:2[4-9]|[34]\d|5[0-5])\.)|^(?:::|fe[89ab]|f[cd]|ff)/i;

/** Public addresses in a place that says whose they are. Servers' addresses stand elsewhere and stay. */
export function rewriteAddresses(text: string, w: Walker): string {
  const mask = (address: string): string => (NOBODY.test(address) ? address : w.personal(address, "pii.ip"));
  const four = text.includes(".") ? text.replace(IPV4, mask) : text;
  return four.includes(":") ? four.replace(IPV6, mask) : four;
}

/** ISO/IEC 7812-1 annex B, with the first digits that card schemes use. */
export function luhn(digits: string): boolean {
  if (
    !/^(?:4\d{12}(?:\d{3}(?:\d{3})?)?|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[068]\d{12}|35\d{14}|6(?:011|5\d\d|4[4-9]\d)\d{12,15})$/.test(
      digits,
    ) ||
    /^(\d)\1+$/.test(digits)
  )
    return false;
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    let digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    if (i % 2 === 1) digit = digit > 4 ? digit * 2 - 9 : digit * 2;
    sum += digit;
  }
  return sum % 10 === 0;
}

/** ISO 13616-1: moved four characters, letters as numbers, remainder 1. */
export function mod97(iban: string): boolean {
  if (iban.length < 15 || iban.length > 34) return false;
  let rest = 0;
  for (const c of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(c, 36);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest === 1;
}
