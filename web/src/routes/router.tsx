import type { QueryClient } from "@tanstack/react-query";
import { createRoute, createRouter } from "@tanstack/react-router";
import { z } from "zod";
import { caseQuery, casesQuery, peopleQuery } from "../api/index.ts";
import { CasesSearch, queryOf } from "../features/cases/filters.ts";
import { CasePage } from "../features/cases/case.tsx";
import { NewCasePage } from "../features/cases/new.tsx";
import { CasesPage } from "../features/cases/queue.tsx";
import { EnrolPage } from "../features/enrol/enrol.tsx";
import { HomePage } from "../features/home/home.tsx";
import { INVITE_KINDS } from "../features/people/invite.tsx";
import { PersonPage } from "../features/people/person.tsx";
import { PeoplePage } from "../features/people/people.tsx";
import { KeysPage } from "../features/recovery/keys.tsx";
import { SignInPage } from "../features/signin/signin.tsx";
import { app, root } from "./app.tsx";
import { fileRoutes } from "./files.tsx";
import { localised } from "./localised.tsx";
import { policyRoutes } from "./policy.tsx";

/** Every page: its address, what it reads before it shows, and its component (contract: PAGES). */
const enrol = createRoute({ getParentRoute: () => root, path: "/enrol", component: localised(EnrolPage) });

const signIn = createRoute({
  getParentRoute: () => root,
  path: "/sign-in",
  // Only a path of ours: a link must not be able to send somebody elsewhere after signing in.
  validateSearch: z.object({
    next: z
      .string()
      .regex(/^\/(?![/\\])/)
      .optional()
      .catch(undefined),
  }),
  component: localised(SignInPage),
});

const home = createRoute({ getParentRoute: () => app, path: "/", component: localised(HomePage) });

const keys = createRoute({
  getParentRoute: () => app,
  path: "/keys",
  validateSearch: z.object({ recovered: z.boolean().optional().catch(undefined) }),
  component: localised(function KeysRoute() {
    return <KeysPage recovered={keys.useSearch().recovered === true} />;
  }),
});

const people = createRoute({
  getParentRoute: () => app,
  path: "/people",
  validateSearch: z.object({
    tab: z.enum(["members", "teams", "devices", "sessions", "customers", "invitations"]).optional().catch(undefined),
    invite: z.enum(INVITE_KINDS).optional().catch(undefined),
  }),
  loader: ({ context }) => void context.queryClient.prefetchQuery(peopleQuery),
  component: localised(PeoplePage),
});

const person = createRoute({
  getParentRoute: () => app,
  path: "/people/$user",
  loader: ({ context }) => void context.queryClient.prefetchQuery(peopleQuery),
  component: localised(function PersonRoute() {
    return <PersonPage user={person.useParams().user} />;
  }),
});

const cases = createRoute({
  getParentRoute: () => app,
  path: "/cases",
  validateSearch: CasesSearch,
  loaderDeps: ({ search }) => search,
  loader: ({ context, deps }) => void context.queryClient.prefetchInfiniteQuery(casesQuery(queryOf(deps, Date.now()))),
  component: localised(CasesPage),
});

const newCase = createRoute({ getParentRoute: () => app, path: "/cases/new", component: localised(NewCasePage) });

const caseRoute = createRoute({
  getParentRoute: () => app,
  path: "/cases/$case",
  loader: ({ context, params }) => void context.queryClient.prefetchQuery(caseQuery(params.case)),
  component: localised(function CaseRoute() {
    return <CasePage caseId={caseRoute.useParams().case} />;
  }),
});

const tree = root.addChildren([
  enrol,
  signIn,
  app.addChildren([home, keys, people, person, cases, newCase, caseRoute, ...fileRoutes, ...policyRoutes]),
]);

export function makeRouter(queryClient: QueryClient) {
  return createRouter({
    routeTree: tree,
    context: { queryClient },
    defaultPreload: "intent",
    defaultPreloadStaleTime: 0,
    defaultPendingMs: 300,
    scrollRestoration: false,
  });
}

declare module "@tanstack/react-router" {
  interface Register {
    router: ReturnType<typeof makeRouter>;
  }
}
