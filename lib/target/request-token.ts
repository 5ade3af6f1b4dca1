import * as oauth from 'oauth4webapi';
import { SecretUnavailableError } from '../errors.ts';
import type { SendHttp } from './http-client.ts';
import { isLoopback, type OAuthSettings } from './oauth-settings.ts';

/** A token, and the seconds that it lasts; `undefined` where the server does not say. */
export interface IssuedToken {
  accessToken: string;
  expiresInSeconds: number | undefined;
}

export type RequestToken = (settings: OAuthSettings) => Promise<IssuedToken>;

/**
 * Requests a token with the client's credentials, over the client that the target is called with.
 *
 * @throws SecretUnavailableError says what failed, and shows neither the client's secret nor anything that the server sent, except
 *   for an error code of RFC 6749, section 5.2.
 */
export function createTokenRequest(send: SendHttp): RequestToken {
  return async (settings) => {
    const url = new URL(settings.tokenUrl);
    // oauth4webapi checks an issuer only for tokens that name one.
    const server = { issuer: url.origin, token_endpoint: settings.tokenUrl };
    const client = { client_id: settings.clientId };
    try {
      const response = await oauth.clientCredentialsGrantRequest(
        server,
        client,
        authenticationOf(settings),
        parametersOf(settings),
        { [oauth.customFetch]: fetchWith(send), [oauth.allowInsecureRequests]: isLoopback(url) },
      );
      const token = await oauth.processClientCredentialsResponse(server, client, response);
      return { accessToken: token.access_token, expiresInSeconds: token.expires_in };
    } catch (error) {
      throw new SecretUnavailableError(`${url.origin} gave no token: ${causeOf(error)}`);
    }
  };
}

function authenticationOf({ clientAuthentication, clientSecret }: OAuthSettings): oauth.ClientAuth {
  return clientAuthentication === 'body'
    ? oauth.ClientSecretPost(clientSecret)
    : oauth.ClientSecretBasic(clientSecret);
}

function parametersOf({ scope, audience }: OAuthSettings): Record<string, string> {
  return { ...(scope ? { scope } : {}), ...(audience ? { audience } : {}) };
}

function fetchWith(send: SendHttp) {
  return async (
    url: string,
    init: { method: string; headers: Record<string, string>; body?: unknown },
  ): Promise<Response> => {
    const { method, headers } = init;
    const body = String(init.body ?? '');
    const { status, headers: given, text } = await send(new URL(url), { method, headers, body });
    return new Response(text || null, {
      status,
      headers: { 'content-type': given['content-type'] ?? '' },
    });
  };
}

const ERROR_CODE = /^[a-z_]{1,40}$/;

function causeOf(error: unknown): string {
  if (error instanceof oauth.ResponseBodyError) {
    const code = ERROR_CODE.test(error.error) ? error.error : 'an error of its own';
    return `status ${error.status}, ${code}`;
  }
  if (error instanceof oauth.OperationProcessingError) {
    const { cause } = error;
    return cause instanceof Response
      ? `status ${cause.status} without a token`
      : 'a response without a token';
  }
  const { code, message } = error as { code?: unknown; message?: unknown };
  return typeof code === 'string' && !code.startsWith('OAUTH')
    ? `${code} ${message}`
    : 'a response without a token';
}
