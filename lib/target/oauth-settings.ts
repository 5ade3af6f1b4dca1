import { isJsonObject } from '../event/source-event.ts';

/** OAuth 2.0 client credentials (RFC 6749, section 4.4). */
export interface OAuthSettings {
  tokenUrl: string;
  clientId: string;
  clientSecret: string;
  scope?: string;
  /** An extension that Auth0 and others ask for. */
  audience?: string;
  /** Where the client's id and secret go: the `Authorization` header (the default) or the body. */
  clientAuthentication: 'basic' | 'body';
}

const REQUIRED = ['tokenUrl', 'clientId', 'clientSecret'] as const;
const OPTIONAL = ['scope', 'audience'] as const;
const AUTHENTICATIONS = ['basic', 'body'];
const NAMES = new Set<string>([...REQUIRED, ...OPTIONAL, 'clientAuthentication']);
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Reads `oauth` of a credential, adding to `problems` what is wrong; shows no value. */
export function readOAuth(value: unknown, problems: string[]): OAuthSettings | undefined {
  if (!isJsonObject(value)) {
    problems.push('has "oauth" that is no object');
    return undefined;
  }
  const found = [
    ...REQUIRED.filter((name) => !isText(value[name])).map((name) => `"${name}" needs a text`),
    ...OPTIONAL.filter((name) => value[name] !== undefined && !isText(value[name])).map(
      (name) => `"${name}" is no text`,
    ),
    ...Object.keys(value)
      .filter((name) => !NAMES.has(name))
      .map((name) => `"${name}" is unknown`),
    ...urlProblem(value.tokenUrl),
  ];
  const { clientAuthentication = 'basic' } = value;
  if (!AUTHENTICATIONS.includes(clientAuthentication as string))
    found.push('"clientAuthentication" is neither "basic" nor "body"');
  problems.push(...found.map((problem) => `has "oauth" in which ${problem}`));
  return { ...value, clientAuthentication } as unknown as OAuthSettings;
}

/** True where plain HTTP may be used: nothing leaves the machine. */
export function isLoopback(url: URL): boolean {
  return LOOPBACK.test(url.hostname);
}

function urlProblem(tokenUrl: unknown): string[] {
  if (!isText(tokenUrl)) return [];
  const url = URL.canParse(tokenUrl) ? new URL(tokenUrl) : undefined;
  if (url?.protocol === 'https:') return [];
  return url?.protocol === 'http:' && isLoopback(url)
    ? []
    : ['"tokenUrl" is no https:// URL (http:// is for this machine only)'];
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}
