import type {
  APIGatewayEventRequestContextV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayRequestAuthorizerEventV2,
} from 'aws-lambda';
import type { EventBody } from './event-body.ts';
import { queryParameters, type RequestParts } from './request-parts.ts';

/** The event of payload format 2.0, with what a Lambda authorizer adds to it. */
export type HttpEvent = APIGatewayProxyEventV2WithRequestContext<
  APIGatewayEventRequestContextV2 & { authorizer?: { lambda: AuthorizerContext } }
>;

export type AuthorizerContext = Record<string, unknown>;

/** What identifies the API to its functions. */
export interface ApiIdentity {
  apiId: string;
  accountId: string;
  region: string;
  stageName: string;
}

/** What the gateway knows of one request beyond what was sent. */
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
  api: ApiIdentity,
  facts: RequestFacts,
): HttpEvent {
  return {
    ...commonEvent(parts, bodyBytes, api, facts),
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
  api: ApiIdentity,
  facts: RequestFacts,
  identity: string,
): APIGatewayRequestAuthorizerEventV2 {
  return {
    type: 'REQUEST',
    routeArn: routeArn(api, facts.routeKey),
    identitySource: [identity],
    ...commonEvent(parts, bodyBytes, api, facts),
    cookies: parts.cookies,
  };
}

function commonEvent(
  parts: RequestParts,
  bodyBytes: number,
  api: ApiIdentity,
  facts: RequestFacts,
) {
  const queryStringParameters = queryParameters(parts.rawQuery);
  const { pathParameters } = facts;
  return {
    version: '2.0',
    routeKey: facts.routeKey,
    rawPath: parts.path,
    rawQueryString: parts.rawQuery,
    headers: eventHeaders(parts, bodyBytes, facts.traceHeader),
    ...(queryStringParameters && { queryStringParameters }),
    requestContext: requestContext(parts, api, facts),
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
  };
}

/** What was sent, and what a gateway adds: the trace, the true length, who called and how. */
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
  { apiId, accountId, region, stageName }: ApiIdentity,
  { requestId, timeMs, routeKey }: RequestFacts,
): APIGatewayEventRequestContextV2 {
  return {
    accountId,
    apiId,
    domainName: `${apiId}.execute-api.${region}.amazonaws.com`,
    domainPrefix: apiId,
    http: {
      method,
      path,
      protocol: `HTTP/${httpVersion}`,
      sourceIp,
      userAgent: headers['user-agent'] ?? '',
    },
    requestId,
    routeKey,
    stage: stageName,
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

function routeArn({ region, accountId, apiId, stageName }: ApiIdentity, routeKey: string): string {
  const route = routeKey.replace(' ', '');
  return `arn:aws:execute-api:${region}:${accountId}:${apiId}/${stageName}/${route}`;
}
