import { createRoute } from "@tanstack/react-router";
import { z } from "zod";
import { APPROVAL_TABS, ApprovalsPage } from "../features/approvals/page.tsx";
import { POLICY_TABS, PolicyPage } from "../features/policy/page.tsx";
import { app } from "./app.tsx";
import { localised } from "./localised.tsx";

/** Who may open: requests and their answers, and the rules. */
const approvals = createRoute({
  getParentRoute: () => app,
  path: "/approvals",
  validateSearch: z.object({ tab: z.enum(APPROVAL_TABS).optional().catch(undefined) }),
  component: localised(ApprovalsPage),
});

const policy = createRoute({
  getParentRoute: () => app,
  path: "/policy",
  validateSearch: z.object({ tab: z.enum(POLICY_TABS).optional().catch(undefined) }),
  component: localised(PolicyPage),
});

export const policyRoutes = [approvals, policy] as const;
