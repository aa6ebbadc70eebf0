import { Link, useRouter, type ErrorComponentProps } from "@tanstack/react-router";
import { useExplain } from "../api/index.ts";
import { Gate } from "../features/shell/gate.tsx";
import { m } from "../i18n/index.ts";
import { buttonClass, EmptyState, ErrorState, Loading } from "../ui/index.ts";

export function NotFound() {
  return (
    <Gate title={m.not_found_title()} wide>
      <EmptyState
        icon="search"
        title={m.not_found_text()}
        action={
          <Link to="/" className={buttonClass("primary")}>
            {m.not_found_home()}
          </Link>
        }
      />
    </Gate>
  );
}

export function PageFailed({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  const explained = useExplain(error);
  return (
    <Gate title={m.page_failed_title()} wide>
      <ErrorState
        title={m.page_failed_text()}
        message={explained?.message ?? ""}
        help={explained?.help}
        code={explained?.code}
        onRetry={() => {
          reset();
          void router.invalidate();
        }}
      />
    </Gate>
  );
}

export function Starting() {
  return (
    <Gate title={m.starting()} wide>
      <Loading lines={5} />
    </Gate>
  );
}
