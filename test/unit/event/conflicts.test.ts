import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { conflictingBodies } from '../../../lib/event/conflicts.ts';
import { VerbatimPayload } from '../../../lib/event/encode.ts';
import { payloadDigest } from '../../../lib/event/payload-digest.ts';
import { delivered, isoTime, NOON_MS, received } from '../../support/timed-facts.ts';

describe('conflictingBodies', () => {
  const other = received('e', { name: 'other', atMs: NOON_MS + 5 });

  it('are none where the same body came again', () => {
    const again = received('e', { atMs: NOON_MS + 9 });
    const replayed = received('e', { replay: { runId: 'r', reason: 'x' }, atMs: NOON_MS + 10 });
    expect(conflictingBodies([received('e'), again, replayed, delivered('e')])).toEqual([]);
  });

  it('are all that came, first ones first, in any order of the facts', () => {
    const facts = [received('e'), other, received('e', { name: 'other', atMs: NOON_MS + 9 })];
    const expected = [{ receivedAt: isoTime(NOON_MS) }, { receivedAt: isoTime(NOON_MS + 5) }];
    expect(conflictingBodies(facts)).toMatchObject(expected);
    expect(conflictingBodies(facts.toReversed())).toMatchObject(expected);
  });

  it('are found by the digests that the status table keeps, too', () => {
    const kept = { type: 'received' as const, at: isoTime(NOON_MS + 5), digest: '00' };
    expect(conflictingBodies([received('e'), kept])).toHaveLength(2);
  });
});

describe('payloadDigest', () => {
  it('is that of the value: the order of keys and the layout do not count', () => {
    expect(payloadDigest({ a: 1, b: { d: 2, c: [1, 2] } })).toBe(
      payloadDigest(new VerbatimPayload('{ "b": {"c": [1, 2], "d": 2},\n "a": 1 }')),
    );
    expect(payloadDigest({ a: [1, 2] })).not.toBe(payloadDigest({ a: [2, 1] }));
  });

  it('is one for whatever a payload may be', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(payloadDigest(value)).toBe(payloadDigest(JSON.parse(JSON.stringify(value))));
      }),
    );
    expect(payloadDigest(undefined)).toMatch(/^[0-9a-f]{16}$/);
  });
});
