/** Who was affected: what a person, device, session, vendor or network opened, and what it could have opened, from the log alone. */
export { Story, type Line } from "./story.ts";
export { scopeOf, type CustomerScope, type FileScope, type LineRef, type Reach, type ScopeReport } from "./report.ts";
export { parseQuery, ScopeError, type Directory, type ScopeQuery } from "./query.ts";
export { ALARMS, Alarms, DEFAULT_LIMITS, type Alarm, type AlarmLimits, type AlarmName } from "./alarms.ts";
