import type { QueryClient } from "@tanstack/react-query";
import { createRootRouteWithContext, createRoute, Outlet, redirect } from "@tanstack/react-router";
import { isApiError, maybeSignedIn, meQuery } from "../api/index.ts";
import { Shell } from "../features/shell/shell.tsx";
import { NotFound, PageFailed, Starting } from "./fallbacks.tsx";
import { localised } from "./localised.tsx";

export interface Context {
  readonly queryClient: QueryClient;
}

export const root = createRootRouteWithContext<Context>()({
  component: Outlet,
  notFoundComponent: NotFound,
  errorComponent: PageFailed,
});

/** Everything that needs a signed-in person. */
export const app = createRoute({
  getParentRoute: () => root,
  id: "app",
  beforeLoad: async ({ context, location }) => {
    const signIn = () => redirect({ to: "/sign-in", search: location.href === "/" ? {} : { next: location.href } });
    if (!maybeSignedIn()) throw signIn();
    try {
      await context.queryClient.ensureQueryData(meQuery);
    } catch (error) {
      if (!isApiError(error) || !error.sessionEnded) throw error;
      throw signIn();
    }
  },
  component: localised(Shell),
  errorComponent: PageFailed,
  pendingComponent: Starting,
});
