import { RULES } from "@breakwater/har";
import { getLocale, m } from "../../i18n/index.ts";

const KINDS: Readonly<Record<string, () => string>> = {
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

export function kindName(kind: string): string {
  return (Object.hasOwn(KINDS, kind) ? KINDS[kind]?.() : undefined) ?? kind;
}

/** The sanitiser's own words are English; elsewhere the rule's short name says which one it was. */
export function ruleName(rule: string): string {
  const says = Object.entries(RULES).find(([id]) => id === rule)?.[1].says;
  return getLocale() === "en" ? (says ?? rule) : rule;
}
