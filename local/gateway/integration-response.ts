import { validateHeaderName, validateHeaderValue } from 'node:http';
import type { InvokeFailure, InvokeResult } from '../lambda/invoke.ts';
import { type GatewayResponse, problemResponse, problems } from './problems.ts';

/** Set by the gateway's own connection, whatever the function says. */
const ownHeaders = new Set(['connection', 'content-length', 'keep-alive', 'transfer-encoding']);

/**
 * The HTTP response for what a function answered, by the rules of payload format 2.0: an object
 * with a `statusCode` is a structured response, everything else is the body of a 200 in JSON.
 * A structured response that is malformed is a 500.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function integrationResponse(result: InvokeResult): GatewayResponse {
  if (!result.ok) return failureResponse(result);
  const { value } = result;
  if (isRecord(value) && value.statusCode !== undefined) return structuredResponse(value);
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    cookies: [],
    body: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)),
  };
}

/**
 * A function that ran and failed is a 500, a timeout of its own among them; one that did not run
 * is a 503. An event too large for Lambda (6 MB, base64 included) is taken for a request too large.
 */
function failureResponse({ kind, errorType, errorMessage }: InvokeFailure): GatewayResponse {
  const reason = `${errorType}: ${errorMessage}`;
  if (kind === 'throttled' || kind === 'unavailable') {
    const response = problemResponse(problems.unavailable, reason);
    return kind === 'throttled'
      ? { ...response, headers: { ...response.headers, 'retry-after': '1' } }
      : response;
  }
  const tooLarge = errorType === 'RequestTooLargeException';
  return problemResponse(tooLarge ? problems.tooLarge : problems.internalError, reason);
}

function structuredResponse(value: Record<string, unknown>): GatewayResponse {
  const status = Number(value.statusCode);
  const body = value.body ?? '';
  const cookies = value.cookies ?? [];
  const headers = responseHeaders(value.headers ?? {});
  if (!Number.isInteger(status) || status < 200 || status > 599) return malformed('statusCode');
  if (typeof body !== 'string') return malformed('body');
  if (!headers) return malformed('headers');
  if (!isListOfCookies(cookies)) return malformed('cookies');
  return {
    status,
    headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers },
    cookies,
    body: Buffer.from(body, value.isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function malformed(member: string): GatewayResponse {
  return problemResponse(problems.internalError, `Malformed response of the function: ${member}`);
}

/** Header names in lower case, or undefined when they are no headers that HTTP could carry. */
function responseHeaders(headers: unknown): Record<string, string> | undefined {
  if (!isRecord(headers)) return undefined;
  const entries = Object.entries(headers).map(
    ([name, value]) => [name.toLowerCase(), value] as const,
  );
  if (!entries.every(([name, value]) => isHeader(name, value))) return undefined;
  return Object.fromEntries(
    entries.filter(([name]) => !ownHeaders.has(name)).map(([name, value]) => [name, String(value)]),
  );
}

function isListOfCookies(cookies: unknown): cookies is string[] {
  return Array.isArray(cookies) && cookies.every((cookie) => isHeader('set-cookie', cookie));
}

function isHeader(name: string, value: unknown): boolean {
  if (!['string', 'number', 'boolean'].includes(typeof value)) return false;
  try {
    validateHeaderName(name);
    validateHeaderValue(name, String(value));
    return true;
  } catch {
    return false;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
