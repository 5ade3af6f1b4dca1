import { describe, expect, it } from 'vitest';
import { NotDurableError } from '../../../lib/errors.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { acceptEvent } from '../../../lib/ingest/accept-event.ts';
import { answerAcceptance, answerError } from '../../../lib/ingest/answer.ts';
import { InMemoryJournal, storingIn } from '../../support/in-memory-journal.ts';
import { ManualClock } from '../../support/manual-clock.ts';

const clock = new ManualClock(Date.UTC(2026, 4, 1, 12));
const traceId = 'b'.repeat(32);

function arrivalOf(json: string) {
  const payload: unknown = JSON.parse(json);
  return { json, payload, trace: { traceId }, arrivedAtMs: clock.now() };
}

describe('acceptEvent', () => {
  it('appends the event as it was sent and answers when that is durable', async () => {
    const journal = new InMemoryJournal();
    const json = '{"id":"e-1","name":"n","body":"b","timestamp":1700000000,"extra":1.50}';
    const makeDurable = storingIn(journal);
    const acceptance = await acceptEvent(arrivalOf(json), { makeDurable, clock });

    const event = {
      id: 'e-1',
      status: 'PENDING',
      receivedAt: '2026-05-01T12:00:00.000Z',
      traceId,
      durability: 'stream',
    };
    expect(acceptance).toEqual({ accepted: true, event });
    expect(answerAcceptance(acceptance)).toMatchObject({ statusCode: 202 });
    expect(journal.facts.map((fact) => Buffer.from(encodeFact(fact)).toString())).toEqual([
      `{"v":1,"type":"received","eventId":"e-1","at":"2026-05-01T12:00:00.000Z","traceId":"${traceId}","payload":${json}}`,
    ]);
  });

  it('keeps the name of the key that the event came with, and the id of its request', async () => {
    const journal = new InMemoryJournal();
    const makeDurable = storingIn(journal);
    const arrival = arrivalOf('{"id":"e-1","name":"n","body":"b","timestamp":1700000000}');
    await acceptEvent({ ...arrival, keyName: 'shop', requestId: 'r-1' }, { makeDurable, clock });
    const [fact] = journal.facts;
    expect(decodeFact(encodeFact(fact as Fact))).toMatchObject({
      valid: true,
      fact: { type: 'received', keyName: 'shop', requestId: 'r-1', payload: { id: 'e-1' } },
    });
  });

  it('keeps the place of the caller in its trace', async () => {
    const journal = new InMemoryJournal();
    const makeDurable = storingIn(journal);
    const arrival = arrivalOf('{"id":"e-1","name":"n","body":"b","timestamp":1700000000}');
    const trace = { traceId, parentSpanId: '00f067aa0ba902b7', traceFlags: 0 };
    await acceptEvent({ ...arrival, trace }, { makeDurable, clock });
    expect(journal.facts).toMatchObject([trace]);
  });

  it('appends nothing of an event that it refuses, and lists every bad field', async () => {
    const journal = new InMemoryJournal();
    const makeDurable = storingIn(journal);
    const acceptance = await acceptEvent(arrivalOf('{"id":"e-1"}'), { makeDurable, clock });
    expect(journal.facts).toEqual([]);
    const response = answerAcceptance(acceptance);
    expect(response.statusCode).toBe(422);
    expect(JSON.parse(response.body).errors).toHaveLength(3);
  });

  it('does not claim an event that the journal did not take', async () => {
    const makeDurable = () => Promise.reject(new NotDurableError('down'));
    const json = '{"id":"e-1","name":"n","body":"b","timestamp":1700000000}';
    const failure = await acceptEvent(arrivalOf(json), { makeDurable, clock }).catch(
      (error) => error,
    );
    expect(answerError(failure)).toMatchObject({ statusCode: 503 });
  });
});

describe('answerError', () => {
  it.each([
    ['a body that does not parse', { statusCode: 422 }, 400],
    ['what nobody foresaw', new Error('bug'), 500],
  ])('answers %s with a problem that says what to do', (_, error, status) => {
    const response = answerError(error);
    expect(response.statusCode).toBe(status);
    expect(response.headers['content-type']).toBe('application/problem+json');
    expect(JSON.parse(response.body)).toMatchObject({ status, detail: expect.any(String) });
  });
});
