/** Where a file belongs: bound into keys, contexts and signatures, so that nothing can be moved elsewhere. */
export interface FilePlace {
  readonly org: string;
  readonly case: string;
  readonly file: string;
}

/** What a HAR is cut into. */
export const HAR_ROLES = ["index", "headers", "requestBodies", "responseBodies"] as const;
export type HarRole = (typeof HAR_ROLES)[number];
/** The one part of any other file: text that the sanitiser looked through, or bytes that nothing looked into. */
export const WHOLE_ROLES = ["text", "raw"] as const;
export const ROLES = [...HAR_ROLES, ...WHOLE_ROLES] as const;
export type Role = (typeof ROLES)[number];

export interface PartPlace extends FilePlace {
  readonly part: string;
}

/** Where a message belongs. */
export interface MessagePlace {
  readonly org: string;
  readonly case: string;
  readonly message: string;
}

export function keyId(id: string, epoch: number): string {
  return `${id}#${epoch}`;
}

/** The releaser's key of a case, as wraps name it (protocol 6). */
export function releaserKeyId(caseId: string, epoch: number): string {
  return `rel_${caseId}#${epoch}`;
}
