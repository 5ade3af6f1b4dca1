import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';
import { messageOf } from '../errors.ts';
import type { HttpResponse } from '../http.ts';
import { type KeyContext, keyNameOf } from '../key-name.ts';
import type { Log } from '../log.ts';
import type { Metrics } from '../metrics/measurement.ts';
import type { Clock } from '../ports.ts';
import { traceContextOf } from '../trace-context.ts';
import type { Acceptance, Arrival } from './accept-event.ts';
import {
  answerAcceptance,
  answerBadJson,
  answerError,
  answerNotJson,
  answerNotUtf8,
  answerTooLarge,
  answerUnsupportedMediaType,
} from './answer.ts';
import { arrivedAtMs } from './arrival-time.ts';
import { measurementsOf } from './ingest-measurements.ts';
import { mediaTypeProblem } from './media-type.ts';
import { bytesOfBody, MAX_BODY_BYTES, textOfBody } from './request-body.ts';
import { checkJson } from './strict-json.ts';

/** The event as the body parser leaves it, with the text it was parsed from. */
type IngestEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<KeyContext> & { json: string };
type Middleware = MiddlewareObj<IngestEvent, HttpResponse>;

/** Refuses what is too large or no JSON by its headers, before anything reads it. */
const refuseUnread: Middleware = {
  before({ event }) {
    if (bytesOfBody(event) > MAX_BODY_BYTES) return answerTooLarge();
    const problem = mediaTypeProblem(event.headers);
    return problem && answerUnsupportedMediaType(problem);
  },
};

/** Refuses what is no JSON, or none that every reader reads alike, and keeps the text, so that the journal holds it as sent. */
const readStrictly: Middleware = {
  before({ event }) {
    const text = textOfBody(event);
    if (text === undefined) return answerNotUtf8();
    const check = checkJson(text);
    if (!check.json) return answerNotJson(check.detail);
    if (check.problems.length > 0) return answerBadJson(check.value, check.problems);
    event.json = text;
    return undefined;
  },
};

function answerErrors(log: Log): Middleware {
  return {
    onError(request) {
      const response = answerError(request.error);
      if (response.statusCode >= 500)
        log.error('An event was not accepted', {
          keyName: keyNameOf(request.event),
          error: messageOf(request.error),
        });
      request.response = response;
    },
  };
}

/**
 * The handler of `POST /events`: reads the request, has the event accepted, and answers. What it answers 2xx is what `accept`
 * accepted; any bad request gets a 4xx. Only refusals and spilled events are measured: a line for each request would cost more than
 * it tells, as the API and the journal count them.
 */
export function createIngestHandler(
  accept: (arrival: Arrival) => Promise<Acceptance>,
  { clock, log, metrics }: { clock: Clock; log: Log; metrics: Metrics },
) {
  const answer = middy<IngestEvent, HttpResponse>()
    .use(answerErrors(log))
    .use(refuseUnread)
    .use(readStrictly)
    // The content type has been checked, more strictly than the parser does.
    .use(httpJsonBodyParser({ disableContentTypeCheck: true }))
    .handler(async (event) => {
      const acceptance = await accept({
        payload: event.body,
        json: event.json,
        trace: traceContextOf(event.headers),
        keyName: keyNameOf(event),
        requestId: event.requestContext?.requestId,
        arrivedAtMs: arrivedAtMs(event.requestContext?.timeEpoch, clock.now()),
      });
      if (acceptance.accepted && acceptance.event.durability === 'spill')
        metrics.emit([{ metric: 'Spilled', value: 1 }]);
      return answerAcceptance(acceptance);
    });
  return async (...request: Parameters<typeof answer>): Promise<HttpResponse> => {
    const response = await answer(...request);
    metrics.emit(measurementsOf(response));
    return response;
  };
}
