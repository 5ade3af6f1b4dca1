import { describe, expect, it } from 'vitest';
import { callTarget } from '../../../lib/dispatch/call-target.ts';
import { type Delivery, readRecord } from '../../../lib/dispatch/delivery.ts';
import { deadLetteredFact, deliveredFact, parkedFacts } from '../../../lib/dispatch/facts.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Attempt, ReceivedFact } from '../../../lib/event/fact.ts';
import { decodeHead } from '../../../lib/event/fact-head.ts';
import { attemptSpanId, receiptSpanId } from '../../../lib/event/span-id.ts';
import type { Target, TargetCall } from '../../../lib/ports.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { receivedFact } from '../../support/sample-facts.ts';

const AT = '2026-01-01T00:00:00.000Z';
const NOW_MS = Date.parse(AT) + 5000;
const TRACED = { traceFlags: 1, parentSpanId: '00f067aa0ba902b7' };
const REPLAYED = {
  traceId: 'e'.repeat(32),
  replay: { runId: 'r', reason: 'why' },
  replayOf: { traceId: 'a'.repeat(32), spanId: '00f067aa0ba902b7' },
};

const failed = (ms: number): Attempt => ({
  ...{ at: new Date(Date.parse(AT) + ms).toISOString(), ms: 5, outcome: 'unknown', status: 503 },
});

function deliveryOf(fact: ReceivedFact, attempts: Attempt[] = []): Delivery {
  const record = { sequenceNumber: '1', partitionKey: 'e', arrivedAtMs: 0 };
  const reading = readRecord({ ...record, data: encodeFact(fact) }, NOW_MS);
  if (reading.kind !== 'deliver') throw new Error(`not to be delivered: ${reading.kind}`);
  reading.delivery.attempts.push(...attempts);
  return reading.delivery;
}

describe('the facts that end a delivery', () => {
  it('carry when the event was received, and the flags of its trace', () => {
    const delivery = deliveryOf(receivedFact({ eventId: 'e', at: AT, ...TRACED }), [failed(1)]);
    const { stored, deferred } = parkedFacts(delivery, NOW_MS + 1000, NOW_MS);
    const ends = [
      deliveredFact(delivery, false, NOW_MS),
      deadLetteredFact(delivery, 'rejected', NOW_MS),
      deferred,
    ];
    for (const end of ends) expect(end).toMatchObject({ receivedAt: AT, traceFlags: 1 });
    expect(stored).toMatchObject(TRACED);
    expect(stored).not.toHaveProperty('receivedAt');
  });

  it.each([
    [0, 2, 0],
    [3, 1, 3],
    [10, 0, 10],
    [10, 1, 9],
    [10, 12, 0],
  ])(
    'say how many attempts are of before it was parked: of %i, after %i more, %i',
    (before, more, carried) => {
      const attempts = Array.from({ length: before }, (_, index) => failed(index));
      const parked = { deferral: 1, mayRepeat: true as const, attempts };
      const delivery = deliveryOf(
        receivedFact({ eventId: 'e', at: AT, ...(before > 0 ? parked : {}) }),
        Array.from({ length: more }, (_, index) => failed(100 + index)),
      );
      const fact = deliveredFact(delivery, false, NOW_MS);
      expect(fact.carriedAttempts ?? 0).toBe(carried);
      expect(fact.attempts.filter(({ at }) => Date.parse(at) < Date.parse(AT) + 100)).toHaveLength(
        carried,
      );
    },
  );

  it('are read without their payload as they are written', () => {
    for (const more of [{}, TRACED, REPLAYED]) {
      const received = receivedFact({ eventId: 'e', at: AT });
      const { payload, ...others } = received;
      const fact = { ...others, ...more, payload };
      const { v, type, eventId, at, traceId, ...rest } = fact;
      const written = { v, type, eventId, at, traceId, ...rest };
      const delivery = deliveryOf(written, [failed(1)]);
      const { stored, deferred } = parkedFacts(delivery, NOW_MS + 1000, NOW_MS);
      const facts = [
        ...[written, stored, deferred, deliveredFact(delivery, true, NOW_MS)],
        deadLetteredFact(delivery, 'rejected', NOW_MS),
      ];
      for (const written of facts) {
        const head = decodeHead(Buffer.from(encodeFact(written)).toString());
        expect(head).toMatchObject({ valid: true, fact: { type: written.type, eventId: 'e' } });
        // Decoding it whole would return all of its members.
        expect(head).not.toHaveProperty('fact.v');
      }
    }
  });
});

describe('a call', () => {
  it.each([
    ['a creation', false],
    ['a lookup', true],
  ])('continues the trace of its event: %s', async (_, verify) => {
    const calls: TargetCall[] = [];
    const take = async (_: unknown, call: TargetCall) => {
      calls.push(call);
      return { status: 200, verdicts: [{ kind: 'delivered' as const }], retryAlone: false };
    };
    const target = { canLookUp: true, create: take, lookUp: take } as unknown as Target;
    const fact = receivedFact({ eventId: 'e', at: AT, traceFlags: 0 });
    const clock = new ManualClock();
    await callTarget([{ ...deliveryOf(fact), verify }], target, clock);
    const spanId = verify
      ? receiptSpanId({ ...fact, receivedAt: AT })
      : attemptSpanId(fact, new Date(clock.now()).toISOString());
    expect(calls).toMatchObject([{ traceId: fact.traceId, traceFlags: 0, spanId }]);
  });
});
