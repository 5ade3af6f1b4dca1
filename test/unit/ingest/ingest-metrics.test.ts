import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { describe, expect, it } from 'vitest';
import { NotDurableError } from '../../../lib/errors.ts';
import { acceptEvent } from '../../../lib/ingest/accept-event.ts';
import { createIngestHandler } from '../../../lib/ingest/create-ingest-handler.ts';
import type { Durability } from '../../../lib/ingest/make-durable.ts';
import type { Measurement } from '../../../lib/metrics/measurement.ts';
import { REFUSAL_REASONS } from '../../../lib/metrics/vocabulary.ts';
import { eventOf } from '../../support/http-examples.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const EVENT = { id: 'a', name: 'n', body: 'b', timestamp: 1_767_225_600 };
const JSON_TYPE = { 'content-type': 'application/json' };

interface Request {
  body: string;
  headers?: Record<string, string>;
  durability?: Durability | Error;
}

/** Measurements of one request. */
async function measuredBy({ body, headers = JSON_TYPE, durability = 'stream' }: Request) {
  const measured: Measurement[] = [];
  const clock = new ManualClock(0);
  const makeDurable = async () => {
    if (durability instanceof Error) throw durability;
    return durability;
  };
  const handle = createIngestHandler((arrival) => acceptEvent(arrival, { makeDurable, clock }), {
    ...{ clock, log: createTestLog({ errorsExpected: true }) },
    metrics: { emit: (measurements) => void measured.push(...measurements) },
  });
  const example = { name: '', headers, base64: Buffer.from(body).toString('base64'), status: 0 };
  const event: APIGatewayProxyEventV2 = eventOf(example);
  const { statusCode } = await handle(event as never, {} as Context);
  return { statusCode, measured };
}

const valid = JSON.stringify(EVENT);

describe('the metrics of ingest', () => {
  const refusals: [reason: string, status: number, request: Request][] = [
    ['notJson', 400, { body: '{' }],
    ['tooLarge', 413, { body: JSON.stringify({ ...EVENT, body: 'x'.repeat(300_000) }) }],
    ['mediaType', 415, { body: valid, headers: { 'content-type': 'text/plain' } }],
    ['invalid', 422, { body: '{}' }],
    ['failed', 500, { body: valid, durability: new Error('no one foresaw this') }],
    ['notDurable', 503, { body: valid, durability: new NotDurableError('neither store') }],
  ];

  it.each(refusals)('count a refusal as %s (%i)', async (of, status, request) => {
    expect(await measuredBy(request)).toEqual({
      statusCode: status,
      measured: [{ metric: 'Refused', value: 1, of }],
    });
  });

  it('have a case for each reason', () => {
    expect(refusals.map(([reason]) => reason).toSorted()).toEqual(REFUSAL_REASONS.toSorted());
  });

  it('count an event that the spill bucket took', async () => {
    const { measured } = await measuredBy({ body: valid, durability: 'spill' });
    expect(measured).toEqual([{ metric: 'Spilled', value: 1 }]);
  });

  it('are none for an accepted event: a line for each would cost more than it tells', async () => {
    expect(await measuredBy({ body: valid })).toEqual({ statusCode: 202, measured: [] });
  });
});
