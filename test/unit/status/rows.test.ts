import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { recordOf } from '../../../lib/aws/timestream-record.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import type { Attempt } from '../../../lib/event/fact.ts';
import { payloadDigest } from '../../../lib/event/payload-digest.ts';
import { MAX_VALUE_BYTES, rowOf } from '../../../lib/status/rows.ts';
import { timelineOf } from '../../../lib/status/timeline.ts';
import {
  deadLetteredFact,
  deferredFact,
  deliveredFact,
  REPLAY,
  receivedFact,
} from '../../support/sample-facts.ts';
import { rowOfFact } from '../../support/status-rows.ts';

describe('rowOf', () => {
  it('keeps what tells facts apart as the identity, and the time as the version', () => {
    const fact = deliveredFact({ eventId: 'e', at: '2026-01-01T00:00:01.234Z', replay: REPLAY });
    expect(rowOfFact(fact)).toEqual({
      eventId: 'e',
      type: 'delivered',
      traceId: 'a'.repeat(32),
      runId: 'run-1',
      atMs: Date.UTC(2026, 0, 1, 0, 0, 1, 234),
      measures: {
        replayed: true,
        replayReason: 'target was down',
        attempts: 1,
        attemptLog: JSON.stringify(fact.attempts),
        queuedMs: 5,
        dispatchMs: 20,
        verified: false,
      },
    });
  });

  it('keeps the name of the event, and no payload', () => {
    expect(rowOfFact(receivedFact({ eventId: 'e' })).measures).toEqual({
      replayed: false,
      name: 'order.placed',
      digest: expect.stringMatching(/^[0-9a-f]{16}$/),
    });
    const digest = payloadDigest(7);
    expect(rowOfFact(receivedFact({ eventId: 'e', payload: 7, keyName: 'shop' })).measures).toEqual(
      {
        replayed: false,
        digest,
        keyName: 'shop',
      },
    );
  });

  it('says why an event was given up', () => {
    expect(rowOfFact(deadLetteredFact({ eventId: 'e' })).measures).toMatchObject({
      reason: 'rejected',
      errorCode: 'BAD_USER_INPUT',
      errorMessage: 'name is unknown',
      errorStatus: 422,
    });
  });

  it('says until when an event is parked, and after what', () => {
    const fact = deferredFact({ eventId: 'e', deferral: 2 });
    expect(rowOfFact(fact)).toMatchObject({
      deferral: 2,
      measures: {
        ...{ dueMs: Date.parse(fact.until), failedAttempts: 3, attempts: 1 },
        ...{ errorCode: 'HTTP_503', errorMessage: 'try later', errorStatus: 503 },
      },
    });
    expect(timelineOf([rowOfFact(fact)])).toEqual([fact]);
  });

  it('tells the return of a parked event from its first receipt, in the table as well', () => {
    const first = receivedFact({ eventId: 'e' });
    const returned = { ...first, mayRepeat: true as const, deferral: 1 };
    const dimensions = [first, returned].map((fact) => recordOf(rowOfFact(fact)).Dimensions);
    expect(dimensions[1]).toEqual([...(dimensions[0] ?? []), { Name: 'deferral', Value: '1' }]);
  });

  it('refuses what no row can hold', () => {
    const long = rowOf(receivedFact({ eventId: 'ä'.repeat(1025) }));
    expect(long).toEqual({ valid: false, detail: 'eventId has more than 2048 bytes' });
    const replay = { runId: 'r'.repeat(513), reason: 'test' };
    const run = rowOf(receivedFact({ eventId: 'e', replay }));
    expect(run).toEqual({ valid: false, detail: 'runId has more than 512 bytes' });
    const early = rowOf(receivedFact({ eventId: 'e', at: '1960-01-01T00:00:00.000Z' }));
    expect(early).toMatchObject({ valid: false, detail: expect.stringContaining('1960') });
  });

  it('fits every measure into what a value may have, whatever the fact says', () => {
    const attempt = fc.record({
      ...{ at: fc.string(), ms: fc.nat(), status: fc.constant(null) },
      outcome: fc.constant('transient' as const),
    });
    const fact = fc
      .record({
        message: fc.string({ unit: 'grapheme', maxLength: 3000 }),
        name: fc.string({ unit: 'grapheme', maxLength: 3000 }),
        attempts: fc.array(attempt, { maxLength: 60 }),
      })
      .map(({ message, name, attempts }) =>
        deadLetteredFact({
          ...{ eventId: 'e', attempts, payload: { name } },
          error: { code: name, message, status: null },
        }),
      );
    fc.assert(
      fc.property(fact, (fact) => {
        for (const value of Object.values(rowOfFact(fact).measures)) {
          expect(value).not.toBe('');
          expect(Buffer.byteLength(String(value))).toBeLessThanOrEqual(MAX_VALUE_BYTES);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('has a row, or a reason, for whatever is a fact by its base', () => {
    const base = { v: 1, eventId: 'e', at: '2026-01-01T00:00:00.000Z', traceId: '' };
    const members = ['replay', 'payload', 'attempts', 'queuedMs', 'reason', 'error', 'verified'];
    const fact = fc.record({
      type: fc.constantFrom('received', 'delivered', 'deadLettered', 'dismissed'),
      others: fc.dictionary(fc.constantFrom(...members), fc.jsonValue()),
    });
    fc.assert(
      fc.property(fact, ({ type, others }) => {
        const decoding = decodeFact(JSON.stringify({ ...base, type, ...others }));
        if (!decoding.valid) throw new Error(decoding.detail);
        const reading = rowOf(decoding.fact);
        expect(reading).toMatchObject({ valid: true, row: { traceId: '0'.repeat(32), type } });
        if (reading.valid) expect(recordOf(reading.row).MeasureValues?.length).toBeGreaterThan(0);
      }),
    );
  });

  it('keeps the newest attempts when not all fit', () => {
    const attempts = Array.from(
      { length: 60 },
      (_, index): Attempt => ({
        at: new Date(index).toISOString(),
        ...{ ms: 1, outcome: 'transient', status: 503 },
      }),
    );
    const { measures } = rowOfFact(deadLetteredFact({ eventId: 'e', attempts }));
    const kept = JSON.parse(measures.attemptLog ?? '') as Attempt[];
    expect(measures.attempts).toBe(60);
    expect(kept.length).toBeGreaterThan(10);
    expect(kept).toEqual(attempts.slice(-kept.length));
  });
});

describe('timelineOf', () => {
  it('tells the life of an event as its facts did, without payloads', () => {
    const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;
    const facts = [
      receivedFact({ eventId: 'e', at: at(0) }),
      deadLetteredFact({ eventId: 'e', at: at(1) }),
      receivedFact({ eventId: 'e', at: at(2), replay: REPLAY }),
      deliveredFact({ eventId: 'e', at: at(2), replay: REPLAY, verified: true }),
    ];
    const expected = facts.map((fact) => {
      if (fact.type === 'delivered') return fact;
      const { payload, ...others } = fact;
      const digest = payloadDigest(payload);
      return fact.type === 'received' ? { ...others, name: 'order.placed', digest } : others;
    });
    expect(timelineOf(facts.map(rowOfFact).reverse())).toEqual(expected);
  });

  it('is empty for an event that the table does not know', () => {
    expect(timelineOf([])).toEqual([]);
  });
});
