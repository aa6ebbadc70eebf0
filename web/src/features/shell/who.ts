import { mayDo, type Action } from "@breakwater/contract";
import { useSuspenseQuery } from "@tanstack/react-query";
import { meQuery, type Me } from "../../api/index.ts";

/** The signed-in person; every page under the shell has one. */
export function useMe(): Me {
  return useSuspenseQuery(meQuery).data;
}

export function may(me: Me, action: Action): boolean {
  return mayDo(action, { orgKind: me.org.kind, role: me.role });
}
