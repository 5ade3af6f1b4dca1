import type { Clock } from '../../lib/ports.ts';
import type { Invoke } from '../lambda/invoke.ts';
import { type Authorizer, withinTime } from './authorizer.ts';
import {
  type AuthorizerContext,
  authorizerEvent,
  type BodyEncoding,
  eventBody,
  httpEvent,
  type RequestFacts,
  withAuthorizer,
} from './http-event.ts';
import { integrationResponse } from './integration-response.ts';
import { type GatewayResponse, problemResponse, problems } from './problems.ts';
import type { RequestParts } from './request-parts.ts';
import { matchRoute, type RoutePattern } from './routes.ts';

/** A function behind the gateway. */
export interface Integration {
  invoke: Invoke;
  /** Returns true while an invocation would be throttled: the request is refused unread. */
  isFull?: () => boolean;
  /** True when the authorizer decides over each request. */
  authorized: boolean;
}

export interface Route extends RoutePattern, Integration {}

export interface Api {
  routes: readonly Route[];
  /** `$default`: takes what no route matches. */
  defaultRoute: Integration | undefined;
  authorizer: Authorizer | undefined;
  base64Bodies: BodyEncoding;
  clock: Clock;
}

export interface ReceivedRequest {
  parts: RequestParts;
  body: Buffer;
  facts: Pick<RequestFacts, 'requestId' | 'timeMs' | 'traceHeader'>;
}

export interface Handled {
  response: GatewayResponse;
  /** Absent when nothing takes the request. */
  routeKey?: string;
}

/**
 * The maximum of an HTTP API, which answers 503 then while the function goes on.
 * Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html; the
 * status, which the documentation does not give, as reported in serverless/serverless issue 11222.
 */
const integrationTimeoutMs = 30_000;

/** Routes, authorizes and answers one request. Never rejects. */
export async function handleRequest(api: Api, request: ReceivedRequest): Promise<Handled> {
  const target = findTarget(api, request.parts);
  if (!target) return { response: problemResponse(problems.notFound) };
  const { integration, routeKey, pathParameters } = target;
  const facts = { ...request.facts, routeKey, pathParameters };
  try {
    const response = await throughAuthorizer(api, integration, request, facts);
    return { response, routeKey };
  } catch (error) {
    const reason = `Unexpected error: ${error instanceof Error ? error.stack : error}`;
    return { response: problemResponse(problems.internalError, reason), routeKey };
  }
}

/** The integration that takes a request. */
interface Target {
  integration: Integration;
  routeKey: string;
  pathParameters: Record<string, string>;
}

export function findTarget({ routes, defaultRoute }: Api, parts: RequestParts): Target | undefined {
  const match = matchRoute(routes, parts.method, parts.path);
  if (match) return { ...match, integration: match.route };
  if (!defaultRoute) return undefined;
  return { integration: defaultRoute, routeKey: '$default', pathParameters: {} };
}

async function throughAuthorizer(
  api: Api,
  integration: Integration,
  request: ReceivedRequest,
  facts: RequestFacts,
): Promise<GatewayResponse> {
  if (!integration.authorized || !api.authorizer) return invoke(api, integration, request, facts);
  const { parts, body } = request;
  const { identityHeader } = api.authorizer;
  const identity = parts.headers[identityHeader];
  if (!identity) {
    const detail = `Send the API key in the ${identityHeader} header.`;
    return problemResponse({ ...problems.unauthorized, detail });
  }
  const event = authorizerEvent(parts, body.length, facts, identity);
  const decision = await api.authorizer.decide(identity, event, facts.traceHeader);
  switch (decision.type) {
    case 'allowed':
      return invoke(api, integration, request, facts, decision.context);
    case 'denied':
      return problemResponse(problems.forbidden);
    case 'failed':
      return problemResponse(problems.internalError, decision.reason);
  }
}

async function invoke(
  api: Api,
  integration: Integration,
  { parts, body }: ReceivedRequest,
  facts: RequestFacts,
  context?: AuthorizerContext,
): Promise<GatewayResponse> {
  const encoded = eventBody(body, parts.headers['content-type'], api.base64Bodies);
  const event = httpEvent(parts, encoded, body.length, facts);
  const result = await withinTime(
    api.clock,
    integrationTimeoutMs,
    integration.invoke(context ? withAuthorizer(event, context) : event, facts),
  );
  if (result === 'late') return problemResponse(problems.unavailable, 'Integration timed out');
  return integrationResponse(result);
}
