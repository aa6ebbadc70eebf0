import type { schemas } from "@breakwater/contract";
import type { Standing, StandingOf } from "@breakwater/seal";
import type { ActJson, PersonRole, StatementJson } from "./api.ts";

/** What the engine does about people and teams (docs/protocol.md section 10). */
type Out<Schema extends { readonly _output: unknown }> = Schema["_output"];
export type TeamKeyJson = Out<typeof schemas.TeamKey>;
export type RotationJson = Out<typeof schemas.Rotation>;

/** A statement about somebody's standing or role, with its act. */
export interface SignedChange {
  readonly statement: StatementJson;
  readonly act: ActJson;
}
export interface TeamChange {
  readonly org: string;
  /** Who gets the team's key. */
  readonly users: readonly string[];
  readonly statements: readonly StatementJson[];
}

export interface PeopleMethods {
  /** The person's teams changed while the keys were unlocked. */
  readonly holdTeams: [{ readonly teamKeys: readonly TeamKeyJson[] }, undefined];
  readonly signStanding: [
    {
      readonly org: string;
      readonly of: StandingOf;
      readonly id: string;
      readonly state: Standing;
      readonly why: string;
    },
    SignedChange,
  ];
  readonly signRole: [{ readonly org: string; readonly user: string; readonly role: PersonRole }, SignedChange];
  readonly makeTeam: [TeamChange & { readonly name: string }, Out<typeof schemas.NewTeam> & { readonly team: string }];
  readonly addTeamMember: [TeamChange & { readonly team: string }, Out<typeof schemas.NewTeamMember>];
  /** `users` are the members who stay. */
  readonly rotateTeam: [TeamChange & { readonly team: string }, Out<typeof schemas.RotateTeam>];
  /** The next key of each case; cases whose key this person does not hold are left out. */
  readonly rekeyCases: [RotationJson, Out<typeof schemas.Rekey>];
}
