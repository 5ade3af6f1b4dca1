import { isUtf8 } from 'node:buffer';
import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayRequestAuthorizerEventV2,
} from 'aws-lambda';
import { ACCOUNT_ID, IDENTITY } from '../layout.ts';
import { queryParameters, type RequestParts } from './request-parts.ts';

/** The event of payload format 2.0, with what a Lambda authorizer adds to it. */
export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { authorizer?: { lambda: AuthorizerContext } }
>;

export type AuthorizerContext = Record<string, unknown>;

/** The stage of every request. Its paths have no prefix. */
const STAGE = '$default';

/** The id of the API. */
const API_ID = 'local';

/** Facts of one request beyond what was sent. */
export interface RequestFacts {
  requestId: string;
  timeMs: number;
  traceHeader: string;
  /** `POST /events`, or `$default`. */
  routeKey: string;
  pathParameters: Record<string, string>;
}

/**
 * The event that an integration gets, without what an authorizer adds.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function httpEvent(
  parts: RequestParts,
  body: EventBody,
  bodyBytes: number,
  facts: RequestFacts,
): HttpEvent {
  return {
    ...commonEvent(parts, bodyBytes, facts),
    ...(parts.cookies.length > 0 && { cookies: parts.cookies }),
    ...body,
  };
}

/** Adds the context of an authorizer that allowed the request. */
export function withAuthorizer(event: HttpEvent, context: AuthorizerContext): HttpEvent {
  const requestContext = { ...event.requestContext, authorizer: { lambda: context } };
  return { ...event, requestContext };
}

/**
 * The event that a REQUEST authorizer gets: no body, and the values of its identity sources.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
 */
export function authorizerEvent(
  parts: RequestParts,
  bodyBytes: number,
  facts: RequestFacts,
  identity: string,
): APIGatewayRequestAuthorizerEventV2 {
  return {
    type: 'REQUEST',
    routeArn: routeArn(facts.routeKey),
    identitySource: [identity],
    ...commonEvent(parts, bodyBytes, facts),
    cookies: parts.cookies,
  };
}

function commonEvent(parts: RequestParts, bodyBytes: number, facts: RequestFacts) {
  const queryStringParameters = queryParameters(parts.rawQuery);
  const { pathParameters } = facts;
  return {
    version: '2.0',
    routeKey: facts.routeKey,
    rawPath: parts.path,
    rawQueryString: parts.rawQuery,
    headers: eventHeaders(parts, bodyBytes, facts.traceHeader),
    ...(queryStringParameters && { queryStringParameters }),
    requestContext: requestContext(parts, facts),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
  };
}

/** Returns the headers that were sent, and those that a gateway adds: the trace, the true length, who called and how. */
function eventHeaders(
  { headers, sourceIp, port }: RequestParts,
  bodyBytes: number,
  traceHeader: string,
): Record<string, string> {
  const forwardedFor = headers['x-forwarded-for'];
  return {
    ...headers,
    'content-length': String(bodyBytes),
    'x-amzn-trace-id': traceHeader,
    'x-forwarded-for': forwardedFor ? `${forwardedFor}, ${sourceIp}` : sourceIp,
    'x-forwarded-port': String(port),
    'x-forwarded-proto': 'http',
  };
}

function requestContext(
  { method, path, httpVersion, sourceIp, headers }: RequestParts,
  { requestId, timeMs, routeKey }: RequestFacts,
): APIGatewayEventRequestContextV2 {
  return {
    accountId: ACCOUNT_ID,
    apiId: API_ID,
    domainName: `${API_ID}.execute-api.${IDENTITY.region}.amazonaws.com`,
    domainPrefix: API_ID,
    http: {
      method,
      path,
      protocol: `HTTP/${httpVersion}`,
      sourceIp,
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage: STAGE,
    time: commonLogTime(timeMs),
    timeEpoch: timeMs,
  };
}

/** The time as the Common Log Format has it, in UTC: `12/Mar/2020:19:03:58 +0000`. */
export function commonLogTime(timeMs: number): string {
  // "Thu, 12 Mar 2020 19:03:58 GMT"
  const [, day, month, year, time] = new Date(timeMs).toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
}

function routeArn(routeKey: string): string {
  const route = routeKey.replace(' ', '');
  return `arn:aws:execute-api:${IDENTITY.region}:${ACCOUNT_ID}:${API_ID}/${STAGE}/${route}`;
}

/** `always` encodes every body, to prove that a handler copes with both forms. */
export type BodyEncoding = 'auto' | 'always';

interface EventBody {
  body?: string;
  isBase64Encoded: boolean;
}

const textTypes = new Set(['application/json', 'application/xml', 'application/javascript']);

/**
 * Returns true when an HTTP API gives a body of this content type to its integration as text. The
 * documentation says only that a binary body is base64-encoded
 * (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html)
 * and not which types are binary. The list is what the ministack project observed on AWS
 * (github.com/ministackorg/ministack/pull/766): everything else is encoded, forms and requests
 * without a content type among them, and so `application/problem+json` and its like.
 */
export function isTextType(contentType: string | undefined): boolean {
  const type = (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return type.startsWith('text/') || textTypes.has(type);
}

/** The body as the event carries it. No body, no key; bytes that are not UTF-8 are encoded, since text would lose them. */
export function eventBody(
  bytes: Buffer,
  contentType: string | undefined,
  encoding: BodyEncoding,
): EventBody {
  if (bytes.length === 0) return { isBase64Encoded: false };
  if (encoding === 'auto' && isTextType(contentType) && isUtf8(bytes)) {
    return { body: bytes.toString('utf8'), isBase64Encoded: false };
  }
  return { body: bytes.toString('base64'), isBase64Encoded: true };
}
