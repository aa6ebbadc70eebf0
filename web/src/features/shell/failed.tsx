import type { ReactNode } from "react";
import { useExplain } from "../../api/index.ts";
import { m } from "../../i18n/index.ts";
import { Button, Callout, ErrorState, Loading } from "../../ui/index.ts";

/** An act that failed, beside the control that began it. */
export function Failed({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  const explained = useExplain(error);
  if (!explained) return null;
  return (
    <Callout
      tone="danger"
      live
      {...(explained.help === undefined ? {} : { title: explained.message })}
      actions={
        onRetry && (
          <Button size="sm" onClick={onRetry}>
            {m.ui_retry()}
          </Button>
        )
      }
    >
      {explained.help ?? explained.message}
    </Callout>
  );
}

interface Read {
  readonly isPending: boolean;
  readonly error: Error | null;
  readonly refetch: () => unknown;
}

/** A region that needs reads: a skeleton, an error that can be tried again, or the content. */
export function Reads({
  of,
  title,
  children,
  lines,
}: {
  readonly of: readonly Read[];
  readonly title: string;
  readonly children: () => ReactNode;
  readonly lines?: number;
}) {
  const failed = of.find((read) => read.error !== null && !read.isPending);
  const explained = useExplain(failed?.error);
  if (explained) {
    return (
      <ErrorState
        title={title}
        message={explained.message}
        help={explained.help}
        code={explained.code}
        onRetry={() => of.forEach((read) => read.error && read.refetch())}
      />
    );
  }
  if (of.some((read) => read.isPending)) return <Loading {...(lines === undefined ? {} : { lines })} />;
  return children();
}
