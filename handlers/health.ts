import middy from '@middy/core';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { answerDefaultRoute, type HttpResponse } from '../lib/http.ts';

/** `GET /health` and `GET /events/health`; as the default route, it also answers whatever else is asked for. */
export const handler = middy<APIGatewayProxyEventV2, HttpResponse>().handler(async (event) =>
  answerDefaultRoute(event.requestContext.http.method, event.rawPath),
);
