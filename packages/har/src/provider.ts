/** Whose sessions a host or an issuer gives out, and how an administrator ends them. */
export const PROVIDERS = [
  {
    id: "okta",
    host: /(?:^|\.)(?:okta|oktapreview|okta-emea|trexcloud)\.com$/,
    how: "Okta: Directory, People, the person, More actions, Clear user sessions; or DELETE /api/v1/users/{id}/sessions?oauthTokens=true.",
  },
  {
    id: "entra",
    host: /(?:^|\.)(?:microsoftonline|microsoft|office|office365|sharepoint|azure|live|windows)\.(?:com|net)$/,
    how: "Microsoft Entra: Users, the person, Revoke sessions; or POST /users/{id}/revokeSignInSessions.",
  },
  {
    id: "google",
    host: /(?:^|\.)google\.com$/,
    how: "Google Workspace: Admin console, Users, the person, Security, Sign-in cookies, Reset.",
  },
  {
    id: "github",
    host: /(?:^|\.)github\.com$/,
    how: "GitHub: Settings, Sessions, and revoke each; then Settings, Applications and Developer settings for tokens.",
  },
  {
    id: "auth0",
    host: /(?:^|\.)auth0\.com$/,
    how: "Auth0: User Management, the person, Sessions, and revoke each refresh token.",
  },
  {
    id: "slack",
    host: /(?:^|\.)slack\.com$/,
    how: "Slack: Manage members, the person, Sign out of all sessions.",
  },
  {
    id: "atlassian",
    host: /(?:^|\.)(?:atlassian|jira)\.(?:com|net)$/,
    how: "Atlassian: Administration, Directory, Users, the person, Log out of all sessions.",
  },
  {
    id: "salesforce",
    host: /(?:^|\.)(?:salesforce|force|my\.salesforce)\.com$/,
    how: "Salesforce: Setup, Session Management, select the person's sessions, Remove.",
  },
  {
    id: "zendesk",
    host: /(?:^|\.)zendesk\.com$/,
    how: "Zendesk: the person's profile, Security settings, Devices and apps, and remove each.",
  },
] as const;

export type Provider = (typeof PROVIDERS)[number]["id"];

export function providerOf(host: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.host.test(host))?.id;
}
