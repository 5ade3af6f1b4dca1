/** The context that the authorizer adds to a request that it lets in. */
export interface KeyContext {
  keyName: string;
}

interface AuthorizedEvent {
  requestContext?: { authorizer?: { lambda?: { keyName?: unknown } | null } };
}

/** The name of the API key that a request came with; `undefined` where no authorizer was asked. */
export function keyNameOf(event: AuthorizedEvent): string | undefined {
  const keyName = event.requestContext?.authorizer?.lambda?.keyName;
  return typeof keyName === 'string' && keyName !== '' ? keyName : undefined;
}
