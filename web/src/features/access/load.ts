import { schemas } from "@breakwater/contract";
import { infiniteQueryOptions } from "@tanstack/react-query";
import { call, getEngine, type StatementRow } from "../../api/index.ts";
import type { AccessJson, AccessView } from "../../engine/index.ts";

export interface AccessScope {
  readonly org: string;
  readonly case: string | undefined;
  readonly file: string | undefined;
}
export interface AccessPageData {
  readonly access: AccessJson;
  readonly view: AccessView;
}

const PAGE = 200;
/** How many cases are asked for their keys, so that the reasons on one page can be read. */
const MAX_CASES = 30;

/** Whether the log is shown from end to end. What belongs to one case or file is the server's choice, which nothing proves. */
export function isWhole({ case: caseId, file }: Pick<AccessScope, "case" | "file">): boolean {
  return caseId === undefined && file === undefined;
}

/** One page of the log, verified before anything of it is shown. */
export const accessQuery = (scope: AccessScope) =>
  infiniteQueryOptions({
    queryKey: ["access", "verified", scope],
    queryFn: async ({ pageParam, signal }): Promise<AccessPageData> => {
      const engine = await getEngine();
      const { org } = scope;
      const from = (await engine.seenSize({ org })) ?? 0;
      const query = {
        case: scope.case,
        file: scope.file,
        org,
        before: pageParam,
        limit: PAGE,
        from: from === 0 ? undefined : from,
      };
      const access = await call("access", { query, answer: schemas.Access, signal });
      const keys = await caseKeys(access, signal);
      const page = pageParam === undefined ? { limit: PAGE } : { before: pageParam, limit: PAGE };
      const whole = isWhole(scope) ? { whole: page } : {};
      return { access, view: await engine.verifyAccess({ access, org, keys, from, ...whole }, { signal }) };
    },
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ access }) => {
      const last = Math.min(...access.entries.map(({ index }) => index));
      return access.entries.length === PAGE && last > 0 ? last : undefined;
    },
    staleTime: 5000,
    retry: false,
  });

/** The case.key statements that open the reasons: from the answer itself, else from the cases. */
async function caseKeys(access: AccessJson, signal: AbortSignal): Promise<StatementRow[]> {
  const given = access.statements.filter(({ body }) => body["t"] === "case.key");
  const known = new Set(given.map(({ body }) => body["case"]));
  const wanted = [...new Set(access.entries.map(({ leaf }) => caseWithReason(leaf)))]
    .filter((id) => id !== undefined && !known.has(id))
    .slice(0, MAX_CASES);
  const found = await Promise.allSettled(
    wanted.map((id) => call("case", { params: { case: id ?? "" }, answer: schemas.CaseView, signal })),
  );
  return [...given, ...found.flatMap((one) => (one.status === "fulfilled" ? [one.value.case.key] : []))];
}

function caseWithReason(leaf: string): string | undefined {
  try {
    const text = atob(leaf.replaceAll("-", "+").replaceAll("_", "/"));
    return text.includes('"x":{') ? /"case":"(cas_[a-z2-7]{26})"/.exec(text)?.[1] : undefined;
  } catch {
    return undefined;
  }
}
