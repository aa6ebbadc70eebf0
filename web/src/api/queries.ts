import { schemas } from "@breakwater/contract";
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";

/** Every read of the server, named once: loaders prefetch these, components read these, news invalidates these. */
export type Me = (typeof schemas.Me)["_output"];
export type CaseRow = (typeof schemas.CaseRow)["_output"];
export type CaseView = (typeof schemas.CaseView)["_output"];
export type FileRow = (typeof schemas.FileRow)["_output"];
export type InviteRow = (typeof schemas.Invite)["_output"];
export type PersonRow = (typeof schemas.Person)["_output"];
export type CustomerRow = (typeof schemas.Customer)["_output"];
export type StatementRow = (typeof schemas.Statement)["_output"];

export const statusQuery = queryOptions({
  queryKey: ["status"],
  queryFn: ({ signal }) => call("status", { answer: schemas.Status, signal, anonymous: true }),
  staleTime: 60_000,
});

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: ({ signal }) => call("me", { answer: schemas.Me, signal }),
  staleTime: 60_000,
});

export const trustQuery = queryOptions({
  queryKey: ["trust"],
  queryFn: ({ signal }) => call("trust", { answer: schemas.Trust, signal }),
});

export const peopleQuery = queryOptions({
  queryKey: ["people"],
  queryFn: ({ signal }) => call("people", { answer: schemas.People, signal }),
});

export const customersQuery = queryOptions({
  queryKey: ["customers"],
  queryFn: ({ signal }) => call("customers", { answer: schemas.Customers, signal }),
});

export const invitesQuery = queryOptions({
  queryKey: ["invites"],
  queryFn: ({ signal }) => call("invites", { answer: schemas.Invites, signal }),
});

const PAGE_SIZE = 200;

/** The filters of GET /v1/cases. */
export type CaseFilter = Readonly<Record<string, string | undefined>>;

export const queuesQuery = queryOptions({
  queryKey: ["queues"],
  queryFn: ({ signal }) => call("caseViews", { answer: schemas.CaseQueues, signal }),
  staleTime: 60_000,
});

export const casesQuery = (filter: CaseFilter) =>
  infiniteQueryOptions({
    queryKey: ["cases", filter],
    queryFn: ({ pageParam, signal }) =>
      call("cases", {
        query: { ...filter, after: pageParam, limit: PAGE_SIZE },
        answer: schemas.Cases,
        signal,
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    placeholderData: keepPreviousData,
  });

export const storageQuery = queryOptions({
  queryKey: ["storage"],
  queryFn: ({ signal }) => call("storage", { answer: schemas.Storage, signal }),
});

export type LifeOrder = (typeof schemas.LifeOrder)["_output"];

export const lifeQuery = (id: string) =>
  queryOptions({
    queryKey: ["case", id, "life"],
    queryFn: ({ signal }) => call("caseLife", { params: { case: id }, answer: schemas.CaseLife, signal }),
  });

export type MessageRow = (typeof schemas.MessageRow)["_output"];

/** Messages never change, so only what came since is asked for. Under the case's key: news of the case is news of them. */
export const messagesQuery = (id: string) => {
  const queryKey = ["case", id, "messages"] as const;
  return queryOptions({
    queryKey,
    queryFn: async ({ signal, client }) => {
      const rows = [...(client.getQueryData<readonly MessageRow[]>(queryKey) ?? [])];
      for (;;) {
        const page = await call("caseMessages", {
          params: { case: id },
          query: { after: rows.at(-1)?.seq },
          answer: schemas.Messages,
          signal,
        });
        rows.push(...page.messages);
        if (page.next === null) return rows;
      }
    },
  });
};

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ["case", id],
    queryFn: ({ signal }) => call("case", { params: { case: id }, answer: schemas.CaseView, signal }),
  });

export type GrantRow = (typeof schemas.GrantView)["_output"];
export type GrantList = (typeof schemas.GRANT_LISTS)[number];

export const grantsQuery = (list: GrantList, caseId?: string) =>
  queryOptions({
    queryKey: ["grants", list, caseId],
    queryFn: ({ signal }) => call("grants", { query: { list, case: caseId }, answer: schemas.Grants, signal }),
  });

/** Who must approve openings of an organisation's files. */
export const settingsQuery = (org: string) =>
  queryOptions({
    queryKey: ["settings", org],
    queryFn: ({ signal }) => call("settings", { query: { org }, answer: schemas.Settings, signal }),
  });

/** The desk's rules and every change of them. */
export const policyQuery = queryOptions({
  queryKey: ["policy", "view"],
  queryFn: ({ signal }) => call("policy", { answer: schemas.PolicyView, signal }),
});
