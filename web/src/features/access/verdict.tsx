import type { AccessView } from "../../engine/index.ts";
import { formatDateTime, formatNumber, m } from "../../i18n/index.ts";
import { Callout } from "../../ui/index.ts";

/** The first thing on the page: whether it can be believed. */
export function Verdict({ pages, whole }: { readonly pages: readonly AccessView[]; readonly whole: boolean }) {
  const [head] = pages;
  if (!head) return null;
  const problem = pages.find((page) => page.problem !== undefined)?.problem;
  const total = pages.reduce((sum, page) => sum + page.lines.length, 0);
  const failed = pages.reduce((sum, page) => sum + page.failed, 0);
  if (problem || failed > 0) {
    const title = problem
      ? m.access_broken_one()
      : m.access_broken_lines({ count: formatNumber(failed), total: formatNumber(total) });
    return (
      <Callout tone="danger" live title={title}>
        {problem && (
          <p>
            {problem.message} <code>{problem.code}</code>
          </p>
        )}
        <p>{m.access_broken_text()}</p>
      </Callout>
    );
  }
  return (
    <Callout tone="ok" icon="seal" live title={m.access_ok({ count: formatNumber(total) })}>
      {m.access_ok_text({
        size: formatNumber(head.size),
        time: head.cosigned === undefined ? "—" : formatDateTime(new Date(head.cosigned * 1000)),
      })}{" "}
      {head.seenBefore === undefined ? m.access_first() : m.access_grown({ size: formatNumber(head.seenBefore) })}
      {!whole && ` ${m.access_part()}`}
    </Callout>
  );
}
