import { useMutation, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { call, explain, getEngine, isApiError } from "../../api/index.ts";
import { formatNumber, m } from "../../i18n/index.ts";
import { Button, buttonClass, Callout, toast } from "../../ui/index.ts";

/** A refusal, calmly: which rule, what would help, whom to ask, and the one thing to do at once. */
export function Denial({
  error,
  place,
  onAgain,
}: {
  readonly error: unknown;
  readonly place: { readonly org: string; readonly case: string };
  /** Asks for what was refused once more. */
  readonly onAgain?: () => void;
}) {
  const { message, help, code } = explain(error);
  const denial = isApiError(error) ? error.denial : undefined;
  const leaf = isApiError(error) ? error.leaf : undefined;
  return (
    <Callout
      tone={denial ? "warn" : "danger"}
      live
      title={denial && isApiError(error) ? error.message : m.view_open_failed()}
      actions={<Remedy remedy={denial?.remedy} place={place} {...(onAgain ? { onAgain } : {})} />}
    >
      {denial && isApiError(error) ? (
        <>
          {error.help !== undefined && <p>{error.help}</p>}
          {denial.ask.length > 0 && <p>{m.denial_ask({ names: denial.ask.map(({ name }) => name).join(", ") })}</p>}
          <p>
            {m.denial_rule()} <code>{denial.rule}</code>
          </p>
        </>
      ) : (
        <>
          <p>{message}</p>
          {help !== undefined && <p>{help}</p>}
          {code !== undefined && <code>{code}</code>}
        </>
      )}
      {leaf !== undefined && <p>{m.view_denied_leaf({ index: formatNumber(leaf) })}</p>}
    </Callout>
  );
}

type Offered = "take-case" | "request-grant" | "approve" | "verify" | "sign-in" | undefined;

function Remedy({
  remedy,
  place,
  onAgain,
}: {
  readonly remedy: Offered;
  readonly place: { readonly org: string; readonly case: string };
  readonly onAgain?: () => void;
}) {
  const client = useQueryClient();
  const take = useMutation({
    mutationFn: async () => {
      const engine = await getEngine();
      const act = await engine.signAct({ t: "case.assign", org: place.org, case: place.case });
      await call("caseAssign", { method: "POST", params: { case: place.case }, body: { act } });
    },
    onSuccess: async () => {
      toast(m.case_taken());
      await client.invalidateQueries({ queryKey: ["case", place.case] });
      onAgain?.();
    },
  });
  if (remedy === "take-case")
    return (
      <Button size="sm" icon="user" busy={take.isPending} onClick={() => take.mutate()}>
        {m.case_take()}
      </Button>
    );
  if (remedy === "approve")
    return (
      <Link to="/approvals" search={{ tab: "mine" }} className={buttonClass()}>
        {m.denial_see_request()}
      </Link>
    );
  if (remedy === "request-grant" && onAgain)
    return (
      <Button size="sm" onClick={onAgain}>
        {m.denial_request_again()}
      </Button>
    );
  return null;
}
