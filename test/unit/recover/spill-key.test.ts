import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VerbatimPayload } from '../../../lib/event/encode.ts';
import type { ReceivedFact } from '../../../lib/event/fact.ts';
import { dueMsOf, mayBeParked, parkedKey, unreadableKey } from '../../../lib/recover/spill-key.ts';

const DUE_MS = Date.UTC(2026, 2, 1, 12, 5, 30, 123);

function fact(fields: Partial<ReceivedFact> = {}): ReceivedFact {
  const payload = new VerbatimPayload('{"id":"e","n":1.50}');
  const at = '2026-03-01T12:00:00.000Z';
  const traceId = 'a'.repeat(32);
  return { v: 1, type: 'received', eventId: 'e', at, traceId, deferral: 1, payload, ...fields };
}

describe('parkedKey', () => {
  it('stands under the minute in which the event is due', () => {
    expect(parkedKey(fact(), DUE_MS)).toMatch(
      /^parked\/2026-03-01T12-05\/01772366730123-[0-9a-f]{32}\.json$/,
    );
  });

  it('is the same for the same delivery, with more attempts too, and another for any other', () => {
    const key = parkedKey(fact(), DUE_MS);
    expect(parkedKey(fact({ failedAttempts: 3, attempts: [], mayRepeat: true }), DUE_MS)).toBe(key);
    const others = [
      parkedKey(fact(), DUE_MS + 1),
      parkedKey(fact({ eventId: 'f' }), DUE_MS),
      parkedKey(fact({ deferral: 2 }), DUE_MS),
      parkedKey(fact({ replay: { runId: 'r', reason: '' } }), DUE_MS),
      parkedKey(fact({ payload: new VerbatimPayload('{"id":"e","n":1.5}') }), DUE_MS),
    ];
    expect(new Set([key, ...others]).size).toBe(6);
  });

  it('sorts as text by when events are due', () => {
    const due = fc.integer({ min: 0, max: 99_999_999_999_999 });
    fc.assert(
      fc.property(due, due, fc.string(), fc.string(), (a, b, one, other) => {
        const [first, second] = [
          parkedKey(fact({ eventId: one }), a),
          parkedKey(fact({ eventId: other }), b),
        ];
        expect([dueMsOf(first), dueMsOf(second)]).toEqual([a, b]);
        // Years of five digits have a sign in ISO 8601.
        if (a < b && b < Date.UTC(9999, 0)) expect(first < second).toBe(true);
      }),
    );
  });
});

it('tells by a key alone that an object is about another event', () => {
  const key = parkedKey(fact(), DUE_MS);
  expect([mayBeParked(key, 'e'), mayBeParked(key, 'f')]).toEqual([true, false]);
  // It tells nothing: the object has to be read.
  expect(mayBeParked('parked/by-hand.json', 'f')).toBe(true);
  expect(dueMsOf('parked/by-hand.json')).toBeUndefined();
});

it('keeps apart what is set aside from spill/ and from parked/', () => {
  expect(unreadableKey('spill/a.json')).toBe('unreadable/a.json');
  expect(unreadableKey('parked/m/a.json')).toBe('unreadable/parked/m/a.json');
});
