export { m } from "../paraglide/messages.js";
export { getLocale, locales, setLocale, startLocale, useLocale, type Locale } from "./locale.ts";
export {
  formatBytes,
  formatDateTime,
  formatExact,
  formatList,
  formatNumber,
  formatRegion,
  formatRelative,
} from "./format.ts";
