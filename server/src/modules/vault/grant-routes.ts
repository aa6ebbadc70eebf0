import { PATHS, schemas } from "@breakwater/contract";
import { z } from "zod";
import type { App, Guard } from "../../session.ts";
import type { Vault } from "./face.ts";

const GrantParams = z.object({ grant: schemas.GrantView.shape.id });
const Done = z.object({});

/** Who may open, asked and answered (docs/protocol.md section 11). */
export function grantRoutes(app: App, { vault, guard }: { readonly vault: Vault; readonly guard: Guard }): void {
  const tags = ["grants"];

  app.post(PATHS.grants, { schema: { tags, body: schemas.NewGrant, response: { 200: Done } } }, async (request) => {
    await vault.requestGrant(await guard(request, "requestGrant"), request.body);
    return {};
  });

  app.get(
    PATHS.grants,
    { schema: { tags, querystring: schemas.GrantsQuery, response: { 200: schemas.Grants } } },
    async (request) => ({ grants: await vault.grants(await guard(request, "readGrants"), request.query) }),
  );

  app.post(
    PATHS.grantDecide,
    { schema: { tags, params: GrantParams, body: schemas.DecideGrant, response: { 200: Done } } },
    async (request) => {
      await vault.decideGrant(await guard(request, "decideGrant"), request.params.grant, request.body);
      return {};
    },
  );

  app.post(
    PATHS.grantRevoke,
    { schema: { tags, params: GrantParams, body: schemas.ByAct, response: { 200: Done } } },
    async (request) => {
      await vault.revokeGrant(await guard(request, "revokeGrant"), request.params.grant, request.body.act);
      return {};
    },
  );

  app.post(
    PATHS.grantReview,
    { schema: { tags, params: GrantParams, body: schemas.ByAct, response: { 200: Done } } },
    async (request) => {
      await vault.reviewGrant(await guard(request, "reviewGrant"), request.params.grant, request.body.act);
      return {};
    },
  );

  app.get(
    PATHS.settings,
    { schema: { tags, querystring: schemas.SettingsQuery, response: { 200: schemas.Settings } } },
    async (request) => vault.settings(await guard(request, "readGrants"), request.query.org),
  );

  app.put(
    PATHS.settings,
    { schema: { tags, body: schemas.PutSettings, response: { 200: schemas.Settings } } },
    async (request) => vault.putSettings(await guard(request, "changeSettings"), request.body),
  );
}
