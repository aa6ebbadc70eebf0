import { getLocale, locales, m, setLocale } from "../../i18n/index.ts";
import {
  IconButton,
  Menu,
  MenuChoices,
  MenuSeparator,
  setTheme,
  THEMES,
  useTheme,
  type Theme,
} from "../../ui/index.ts";

/** Each language by its own name, whatever the page's language is. */
const LANGUAGE_NAMES = { en: "English", ja: "日本語", nl: "Nederlands" } as const;

export function PreferenceChoices() {
  const theme = useTheme();
  const names: Record<Theme, string> = { system: m.theme_system(), light: m.theme_light(), dark: m.theme_dark() };
  return (
    <>
      <MenuChoices
        label={m.shell_language()}
        value={getLocale()}
        onValue={setLocale}
        choices={locales.map((locale) => ({ value: locale, label: LANGUAGE_NAMES[locale], lang: locale }))}
      />
      <MenuSeparator />
      <MenuChoices
        label={m.shell_theme()}
        value={theme}
        onValue={setTheme}
        choices={THEMES.map((value) => ({ value, label: names[value] }))}
      />
    </>
  );
}

/** Language and theme for pages without a signed-in person. */
export function Preferences() {
  return (
    <Menu trigger={<IconButton icon="globe" label={m.shell_preferences()} />}>
      <PreferenceChoices />
    </Menu>
  );
}
