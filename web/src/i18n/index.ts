export { m } from "../paraglide/messages.js";
export { getLocale, locales, setLocale, startLocale, useLocale, type Locale } from "./locale.ts";
export { formatBytes, formatDate, formatDateTime, formatExact, formatList, formatNumber, formatPercent, formatRegion, formatRelative } from "./format.ts";
