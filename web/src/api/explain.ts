import type { ErrorCode } from "@breakwater/contract";
import { m, useLocale } from "../i18n/index.ts";
import { isApiError } from "./error.ts";
import { PasskeyError } from "./passkey.ts";

/** An error in the reader's language: what was wrong and what to do. */
export interface Explained {
  readonly message: string;
  /** The server's own reason, where it says more than the code does (a denial's policy). */
  readonly help: string | undefined;
  readonly code: string | undefined;
}

type Sentence = () => string;

const SERVER: Record<ErrorCode, Sentence> = {
  "request.invalid": m.error_request_invalid,
  "request.tooLarge": m.error_request_too_large,
  "request.notFound": m.error_request_not_found,
  "request.conflict": m.error_request_conflict,
  "request.rateLimited": m.error_request_rate_limited,
  "session.missing": m.error_session_missing,
  "session.expired": m.error_session_expired,
  "session.proofInvalid": m.error_session_proof_invalid,
  "session.refused": m.error_session_refused,
  "verify.needed": m.people_error_verify_needed,
  "verify.failed": m.people_error_verify_failed,
  "device.pending": m.people_error_device_pending,
  "policy.denied": m.error_policy_denied,
  "policy.invalid": m.policy_error_invalid,
  "who.notAllowed": m.error_who_not_allowed,
  "invite.unknown": m.error_invite_unknown,
  "invite.used": m.error_invite_used,
  "invite.expired": m.error_invite_expired,
  "desk.exists": m.error_desk_exists,
  "statement.untrusted": m.error_statement_untrusted,
  "act.invalid": m.error_act_invalid,
  "manifest.invalid": m.error_manifest_invalid,
  "message.invalid": m.error_message_invalid,
  "upload.incomplete": m.error_upload_incomplete,
  "upload.mismatch": m.error_upload_mismatch,
  "grant.invalid": m.error_grant_invalid,
  "grant.spent": m.error_grant_spent,
  "hold.active": m.error_hold_active,
  "case.shredded": m.error_case_shredded,
  "releaser.refused": m.error_releaser_refused,
  "releaser.unavailable": m.error_releaser_unavailable,
  "log.unavailable": m.error_log_unavailable,
  "storage.full": m.error_storage_full,
  "storage.quota": m.error_storage_quota,
  "server.failed": m.error_server_failed,
};

const LOCAL: Readonly<Record<string, Sentence>> = {
  "network.failed": m.error_network_failed,
  "answer.invalid": m.error_answer_invalid,
  "answer.unknown": m.error_answer_unknown,
  "passkey.unsupported": m.error_passkey_unsupported,
  "passkey.cancelled": m.error_passkey_cancelled,
  "passkey.known": m.error_passkey_known,
  "passkey.noPrf": m.error_passkey_no_prf,
  "passkey.failed": m.error_passkey_failed,
  "engine.locked": m.error_engine_locked,
  "engine.unavailable": m.error_engine_unavailable,
  "engine.noKey": m.error_engine_no_key,
  "engine.noDevice": m.error_engine_no_device,
  "engine.noSpace": m.error_engine_no_space,
  "invite.link": m.error_invite_link,
  "invite.open": m.error_invite_open,
  "userkey.open": m.error_userkey_open,
};

const REASON_MATTERS = new Set<string>([
  "policy.denied",
  "policy.invalid",
  "who.notAllowed",
  "releaser.refused",
  "grant.invalid",
  "request.invalid",
  "request.conflict",
]);

export function explain(error: unknown): Explained {
  if (isApiError(error)) {
    const sentence = Object.hasOwn(SERVER, error.code) ? SERVER[error.code as ErrorCode] : LOCAL[error.code]; // hasOwn is the check
    const reason = REASON_MATTERS.has(error.code) ? [error.message, error.help].filter(Boolean).join(" ") : undefined;
    return { message: sentence?.() ?? error.message, help: reason === "" ? undefined : reason, code: error.code };
  }
  if (error instanceof PasskeyError)
    return { message: (LOCAL[error.code] ?? m.error_unknown)(), help: undefined, code: error.code };
  if (error instanceof Error && "code" in error && typeof error.code === "string") {
    return { message: LOCAL[error.code]?.() ?? error.message, help: undefined, code: error.code };
  }
  return { message: m.error_unknown(), help: undefined, code: undefined };
}

/** The same, said again when the language changes. */
export function useExplain(error: unknown): Explained | undefined {
  useLocale();
  return error === null || error === undefined ? undefined : explain(error);
}
