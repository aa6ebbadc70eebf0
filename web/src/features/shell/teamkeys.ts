import { useEffect } from "react";
import { getEngine, type Me } from "../../api/index.ts";
import { toastError } from "./toasterror.ts";

/** A team that one joins, and a team's next key, reach an unlocked page too. */
export function useTeamKeys({ teamKeys }: Me): void {
  useEffect(() => {
    getEngine()
      .then((engine) => engine.holdTeams({ teamKeys }))
      .catch(toastError);
  }, [teamKeys]);
}
