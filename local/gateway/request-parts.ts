import type { IncomingMessage } from 'node:http';

/** What the gateway reads of a request, apart from its body. */
export interface RequestParts {
  method: string;
  /** Decoded as an HTTP API decodes it; see {@link decodePath}. */
  path: string;
  /** As it was sent, without the question mark. */
  rawQuery: string;
  /** Names in lower case; a repeated header's values joined by commas. */
  headers: Record<string, string>;
  cookies: string[];
  httpVersion: string;
  sourceIp: string;
  port: number;
}

type Request = Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders' | 'httpVersion' | 'socket'>;

/** Headers between two hops, which the integration never sees. */
const hopByHop = new Set([
  'connection',
  'expect',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

export function requestParts({
  method,
  url,
  rawHeaders,
  httpVersion,
  socket,
}: Request): RequestParts {
  const target = (url ?? '/').replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?]*/i, '');
  const queryAt = target.indexOf('?');
  const headers = joinedHeaders(rawHeaders);
  // Format 2.0 moves cookies out of the headers into a list of their own.
  const { cookie, ...others } = headers;
  return {
    method: method ?? 'GET',
    path: decodePath((queryAt < 0 ? target : target.slice(0, queryAt)) || '/'),
    rawQuery: queryAt < 0 ? '' : target.slice(queryAt + 1),
    headers: others,
    cookies: cookieList(cookie),
    httpVersion,
    sourceIp: (socket.remoteAddress ?? '').replace(/^::ffff:/, ''),
    port: socket.localPort ?? 0,
  };
}

/** Header names in lower case; duplicates combined with commas, as payload format 2.0 has them. */
export function joinedHeaders(rawHeaders: string[]): Record<string, string> {
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]?.toLowerCase() ?? '';
    // Several cookie headers are one list, and a comma may be part of a cookie's value.
    const separator = name === 'cookie' ? ';' : ',';
    if (!hopByHop.has(name)) append(headers, name, rawHeaders[i + 1] ?? '', separator);
  }
  return Object.fromEntries(headers);
}

/**
 * A path as an HTTP API hands it on: every escape decoded but `%25`, so that `a%252Eb` does not
 * turn into another path. What is not UTF-8 stays as it was sent.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html
 * ("API Gateway decodes URL-encoded request parameters"); `%25` as observed by others on AWS.
 */
export function decodePath(path: string): string {
  return path.replace(/(?:%(?!25)[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}

/** Decoded parameters; a repeated one's values joined by commas. Undefined when there are none. */
export function queryParameters(rawQuery: string): Record<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(rawQuery)) append(parameters, name, value, ',');
  return parameters.size > 0 ? Object.fromEntries(parameters) : undefined;
}

function append(values: Map<string, string>, name: string, value: string, separator: string) {
  const before = values.get(name);
  values.set(name, before === undefined ? value : before + separator + value);
}

function cookieList(header: string | undefined): string[] {
  return (header ?? '')
    .split(';')
    .map((cookie) => cookie.trim())
    .filter(Boolean);
}
