import type { FunctionComponent } from "react";
import { useLocale } from "../i18n/index.ts";

/** Messages are read while rendering. The router keeps route components from rendering with their parents, so each follows the language itself. */
export function localised(Component: FunctionComponent): FunctionComponent {
  return function Localised() {
    useLocale();
    return <Component />;
  };
}
