import type { SanitiserMode } from "../engine/index.ts";
import { m } from "../i18n/index.ts";
import { OptionCards } from "../ui/index.ts";

/** Both are safe; the choice is how much the reader can work with. */
export function ModeChoice({
  mode,
  onMode,
}: {
  readonly mode: SanitiserMode;
  readonly onMode: (mode: SanitiserMode) => void;
}) {
  return (
    <OptionCards
      label={m.san_mode()}
      value={mode}
      onValue={onMode}
      choices={[
        { value: "support", label: m.san_mode_support(), detail: m.san_mode_support_text() },
        { value: "strict", label: m.san_mode_strict(), detail: m.san_mode_strict_text() },
      ]}
    />
  );
}
