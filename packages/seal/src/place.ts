/** Where a file belongs: bound into keys, contexts and signatures, so that nothing can be moved elsewhere. */
export interface FilePlace {
  readonly org: string;
  readonly case: string;
  readonly file: string;
}

export const ROLES = ["index", "headers", "requestBodies", "responseBodies"] as const;
export type Role = (typeof ROLES)[number];

export interface PartPlace extends FilePlace {
  readonly part: string;
}

export function keyId(id: string, epoch: number): string {
  return `${id}#${epoch}`;
}

/** The releaser's key of a case, as wraps name it (protocol 6). */
export function releaserKeyId(caseId: string, epoch: number): string {
  return `rel_${caseId}#${epoch}`;
}
