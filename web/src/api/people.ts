import { schemas } from "@breakwater/contract";
import { queryOptions } from "@tanstack/react-query";
import { call } from "./client.ts";

export type TeamRow = (typeof schemas.Team)["_output"];
export type DeviceRow = (typeof schemas.DeviceRow)["_output"];
export type SessionRow = (typeof schemas.SessionRow)["_output"];

/** Everybody's of the organisation (administrators), or one person's. */
export type Whose = { readonly all: true } | { readonly user: string };

function queryOf(whose: Whose): Readonly<Record<string, string>> {
  return "all" in whose ? { all: "true" } : { user: whose.user };
}

export const teamsQuery = queryOptions({
  queryKey: ["teams"],
  queryFn: ({ signal }) => call("teams", { answer: schemas.Teams, signal }),
});

export const devicesQuery = (whose: Whose) =>
  queryOptions({
    queryKey: ["devices", whose],
    queryFn: ({ signal }) => call("devices", { query: queryOf(whose), answer: schemas.Devices, signal }),
  });

export const sessionsQuery = (whose: Whose) =>
  queryOptions({
    queryKey: ["sessions", whose],
    queryFn: ({ signal }) => call("sessions", { query: queryOf(whose), answer: schemas.Sessions, signal }),
  });

export const rotationQuery = queryOptions({
  queryKey: ["rotation"],
  queryFn: ({ signal }) => call("rotation", { answer: schemas.Rotation, signal }),
});
