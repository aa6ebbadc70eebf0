import { RULES } from "@breakwater/har";
import { m } from "../i18n/index.ts";

/** The sanitiser's kinds and rules in the reader's language. */
type Words = Readonly<Record<string, () => string>>;

const KINDS: Words = {
  cookie: m.upload_kind_cookie,
  authorization: m.upload_kind_authorization,
  token: m.upload_kind_token,
  password: m.upload_kind_password,
  key: m.upload_kind_key,
  csrf: m.upload_kind_csrf,
  signature: m.upload_kind_signature,
  saml: m.upload_kind_saml,
  jwt: m.upload_kind_jwt,
  random: m.upload_kind_random,
  personal: m.upload_kind_personal,
  echo: m.upload_kind_echo,
  opaque: m.upload_kind_opaque,
};
const ABOUT: Words = {
  cookie: m.san_about_cookie,
  authorization: m.san_about_authorization,
  token: m.san_about_token,
  password: m.san_about_password,
  key: m.san_about_key,
  csrf: m.san_about_csrf,
  signature: m.san_about_signature,
  saml: m.san_about_saml,
  jwt: m.san_about_jwt,
  random: m.san_about_random,
  personal: m.san_about_personal,
  echo: m.san_about_echo,
  opaque: m.san_about_opaque,
};
const RULE_NAMES: Words = {
  "cookie.request": m.san_rule_cookie_request,
  "cookie.response": m.san_rule_cookie_response,
  "header.authorization": m.san_rule_header_authorization,
  "header.name": m.san_rule_header_name,
  "url.userinfo": m.san_rule_url_userinfo,
  "url.query": m.san_rule_url_query,
  "url.keyless": m.san_rule_url_keyless,
  "url.path": m.san_rule_url_path,
  "form.field": m.san_rule_form_field,
  "multipart.file": m.san_rule_multipart_file,
  "json.name": m.san_rule_json_name,
  "json.key": m.san_rule_json_key,
  "markup.name": m.san_rule_markup_name,
  "text.name": m.san_rule_text_name,
  "jwt.signature": m.san_rule_jwt_signature,
  "jwt.claim": m.san_rule_jwt_claim,
  "jwe.part": m.san_rule_jwe_part,
  "saml.signature": m.san_rule_saml_signature,
  "shape.prefix": m.san_rule_shape_prefix,
  "shape.random": m.san_rule_shape_random,
  "binary.random": m.san_rule_binary_random,
  "pii.email": m.san_rule_pii_email,
  "pii.phone": m.san_rule_pii_phone,
  "pii.card": m.san_rule_pii_card,
  "pii.iban": m.san_rule_pii_iban,
  "pii.national": m.san_rule_pii_national,
  "pii.name": m.san_rule_pii_name,
  echo: m.san_rule_echo,
  "part.masked": m.san_rule_part_masked,
};

function look(words: Words, name: string): string | undefined {
  return Object.hasOwn(words, name) ? words[name]?.() : undefined;
}

export function kindName(kind: string): string {
  return look(KINDS, kind) ?? kind;
}

/** What a kind of secret is, and why it was replaced. */
export function kindAbout(kind: string): string | undefined {
  return look(ABOUT, kind);
}

/** A rule that has no words here yet still says in English what it finds. */
export function ruleName(rule: string): string {
  return look(RULE_NAMES, rule) ?? Object.entries(RULES).find(([id]) => id === rule)?.[1].says ?? rule;
}
