import { createRoute } from "@tanstack/react-router";
import { z } from "zod";
import { AccessPage } from "../features/access/page.tsx";
import { UploadPage } from "../features/upload/page.tsx";
import { ViewPage } from "../features/view/page.tsx";
import { app } from "./app.tsx";
import { localised } from "./localised.tsx";

/** The pages of a file's way: in, open, and who opened it. */
const upload = createRoute({
  getParentRoute: () => app,
  path: "/cases/$case/upload",
  component: localised(function UploadRoute() {
    const { case: caseId } = upload.useParams();
    return <UploadPage caseId={caseId} />;
  }),
});

const view = createRoute({
  getParentRoute: () => app,
  path: "/cases/$case/files/$file",
  component: localised(function ViewRoute() {
    const params = view.useParams();
    return <ViewPage caseId={params.case} fileId={params.file} />;
  }),
});

const id = (prefix: string) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[a-z2-7]{26}$`))
    .optional()
    .catch(undefined);

const access = createRoute({
  getParentRoute: () => app,
  path: "/access",
  validateSearch: z.object({ case: id("cas"), file: id("fil") }),
  component: localised(function AccessRoute() {
    const search = access.useSearch();
    return <AccessPage caseId={search.case} fileId={search.file} />;
  }),
});

export const fileRoutes = [upload, view, access] as const;
