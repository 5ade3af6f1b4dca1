import middy, { type MiddlewareObj } from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';
import { createAppendToJournal } from '../lib/aws/kinesis-append.ts';
import { createKinesisClient } from '../lib/aws/kinesis-client.ts';
import { createS3Client } from '../lib/aws/s3-client.ts';
import { createS3SpillStore } from '../lib/aws/s3-spill-store.ts';
import { systemClock as clock } from '../lib/clock.ts';
import { ingestConfig, parseConfig } from '../lib/config.ts';
import { messageOf } from '../lib/errors.ts';
import type { HttpResponse } from '../lib/http.ts';
import { acceptEvent } from '../lib/ingest/accept-event.ts';
import {
  answerAcceptance,
  answerError,
  answerNotUtf8,
  answerTooLarge,
} from '../lib/ingest/answer.ts';
import { arrivedAtMs } from '../lib/ingest/arrival-time.ts';
import { type KeyContext, keyNameOf } from '../lib/ingest/key-name.ts';
import { createMakeDurable } from '../lib/ingest/make-durable.ts';
import { bytesOfBody, MAX_BODY_BYTES, textOfBody } from '../lib/ingest/request-body.ts';
import { createLog } from '../lib/log.ts';
import { traceIdOf } from '../lib/trace-id.ts';

const config = parseConfig(ingestConfig, process.env);
const log = createLog('ingest');
// One attempt a call, bounded by the signal that comes with it: `createMakeDurable` decides what follows.
const once = { maxAttempts: 1, attemptTimeoutMs: config.BUDGET_MS };
const kinesis = createKinesisClient({ endpoint: config.KINESIS_ENDPOINT, ...once });
const s3 = createS3Client({ endpoint: config.S3_ENDPOINT, ...once });
const makeDurable = createMakeDurable(
  {
    append: createAppendToJournal(kinesis, config.STREAM_NAME),
    spill: createS3SpillStore(s3, config.SPILL_BUCKET),
    clock,
    random: Math.random,
    log,
  },
  {
    appendTimeoutMs: config.APPEND_TIMEOUT_MS,
    spillAfterMs: config.SPILL_AFTER_MS,
    budgetMs: config.BUDGET_MS,
  },
);

/** The event as the body parser leaves it, with the text it was parsed from. */
type IngestEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<KeyContext> & { json: string };
type Middleware = MiddlewareObj<IngestEvent, HttpResponse>;

/** Refuses what is too large before anything reads it, and keeps the text, so that the journal holds it as sent. */
const keepText: Middleware = {
  before({ event }) {
    if (bytesOfBody(event) > MAX_BODY_BYTES) return answerTooLarge();
    const text = textOfBody(event);
    if (text === undefined) return answerNotUtf8();
    event.json = text;
    return undefined;
  },
};

const answerErrors: Middleware = {
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

/** `POST /events`: answers 202 only when the event is durable. */
export const handler = middy<IngestEvent, HttpResponse>()
  .use(answerErrors)
  .use(keepText)
  .use(httpJsonBodyParser())
  .handler(async (event) => {
    const { body: payload, json, headers } = event;
    const arrival = {
      payload,
      json,
      traceId: traceIdOf(headers),
      keyName: keyNameOf(event),
      arrivedAtMs: arrivedAtMs(event.requestContext?.timeEpoch, clock.now()),
    };
    return answerAcceptance(await acceptEvent(arrival, { makeDurable, clock }));
  });
