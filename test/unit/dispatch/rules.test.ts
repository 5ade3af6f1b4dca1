import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fullJitterDelayMs } from '../../../lib/backoff.ts';
import { Circuit } from '../../../lib/dispatch/circuit.ts';
import { afterCreate, afterLookup, type RetrySettings } from '../../../lib/dispatch/next-step.ts';
import { planPace } from '../../../lib/dispatch/pace-plan.ts';
import { parseRetryAfterMs } from '../../../lib/dispatch/retry-after.ts';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import { lowestSequenceNumber } from '../../../lib/sequence-number.ts';
import { idempotencyKey } from '../../../lib/target/idempotency-key.ts';

describe('parseRetryAfterMs', () => {
  const now = Date.UTC(2026, 0, 1);
  it.each([
    ['0', 0],
    ['3', 3000],
    [' 1.5 ', 1500],
    ['Thu, 01 Jan 2026 00:00:10 GMT', 10_000],
    ['Wed, 31 Dec 2025 23:59:00 GMT', 0],
    ['soon', undefined],
    ['-1', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %j', (header, ms) => {
    expect(parseRetryAfterMs(header, now)).toBe(ms);
  });
});

describe('lowestSequenceNumber', () => {
  it('compares numbers, not text', () => {
    expect(lowestSequenceNumber(['10', '9'])).toBe('9');
    expect(lowestSequenceNumber([])).toBeUndefined();
  });

  it('finds the minimum of numbers beyond 2^53', () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: 0n, max: 2n ** 190n }), { minLength: 1 }),
        (numbers) => {
          const lowest = numbers.toSorted((a, b) => (a < b ? -1 : 1))[0];
          expect(lowestSequenceNumber(numbers.map(String))).toBe(String(lowest));
        },
      ),
    );
  });
});

describe('fullJitterDelayMs', () => {
  it('doubles its upper bound to the maximum', () => {
    const bounds = [1, 2, 3, 4, 5, 50].map((failures) =>
      fullJitterDelayMs(failures, { baseMs: 100, maxMs: 1000 }, () => 1),
    );
    expect(bounds).toEqual([100, 200, 400, 800, 1000, 1000]);
  });
});

describe('idempotencyKey', () => {
  it.each([
    ['order-17:a', 'order-17:a'],
    ['50 %', '50%20%25'],
    ['é', '%C3%A9'],
    ['a\r\nb', 'a%0D%0Ab'],
  ])('of %j is %j', (id, key) => {
    expect(idempotencyKey(id)).toBe(key);
  });

  it('fits a header and differs for different ids', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' }), (a, b) => {
        expect(idempotencyKey(a)).toMatch(/^[!-~]*$/);
        expect(idempotencyKey(a) === idempotencyKey(b)).toBe(a === b);
      }),
    );
  });
});

describe('planPace', () => {
  it('cuts a low rate into one start a slot, and a high one into slots that timers can keep', () => {
    expect(planPace(100, 100)).toMatchObject({ slotMs: 1000 / 99, starts: 1 });
    expect(planPace(1000, 100).starts).toBe(8);
  });

  it('never exceeds the rate and keeps its slots long enough', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 10_000, noNaN: true }), (rate) => {
        const { slotMs, starts } = planPace(rate, 100);
        const perSecond = (starts / slotMs) * 1000;
        expect(perSecond).toBeLessThanOrEqual(rate);
        expect(perSecond).toBeGreaterThanOrEqual(rate * 0.989);
        expect(slotMs).toBeGreaterThanOrEqual(8);
      }),
    );
  });
});

describe('Circuit', () => {
  const settings = { failures: 4, events: 2, probeBaseMs: 100, probeMaxMs: 1000 };
  const fail = (circuit: Circuit, keys: string) => {
    for (const key of keys) circuit.failed(key, 0);
  };

  it.each([
    ['too few failures', 'abc', false],
    ['failures of one event: it may be bad', 'aaaaaaaa', false],
    ['failures of several events', 'abab', true],
  ])('after %s', (_, keys, isOpen) => {
    const circuit = new Circuit(settings);
    fail(circuit, keys);
    expect(circuit.isOpen).toBe(isOpen);
  });

  it('probes ever more rarely', () => {
    const circuit = new Circuit(settings);
    fail(circuit, 'aba');
    const probes = [...'babababa'].map((key) => {
      circuit.failed(key, 0);
      return circuit.nextProbeAtMs;
    });
    expect(probes).toEqual([100, 200, 400, 800, 1000, 1000, 1000, 1000]);
  });

  it('closes with the first creation that succeeds', () => {
    const circuit = new Circuit(settings);
    fail(circuit, 'abababab');
    circuit.succeeded();
    expect(circuit.isOpen).toBe(false);
  });
});

describe('SettledMemory', () => {
  it('forgets the oldest first', () => {
    const memory = new SettledMemory(2);
    for (const key of ['a', 'b', 'a', 'c']) memory.settle(key);
    expect(['a', 'b', 'c'].map((key) => memory.isSettled(key))).toEqual([true, false, true]);
  });
});

const settings: RetrySettings = {
  maxAttempts: 3,
  backoff: { baseMs: 100, maxMs: 1000 },
  throttlePauseMs: 700,
  retryAfterMaxMs: 5000,
};
const context = (failures: number) => ({ failures, settings, random: () => 1 });
const error = { code: 'X', message: 'x' };

describe('afterCreate', () => {
  it.each([
    ['delivered', { kind: 'delivered' }, 0, { do: 'settle', verified: false }],
    ['duplicate', { kind: 'duplicate' }, 0, { do: 'settle', verified: true }],
    ['rejected', { kind: 'rejected', ...error }, 0, { do: 'deadLetter', reason: 'rejected' }],
    [
      'throttled',
      { kind: 'throttled', retryAfterMs: 2000, ...error },
      0,
      { do: 'retry', afterMs: 2000, pauseMs: 2000, verify: false },
    ],
    [
      'throttled, no time',
      { kind: 'throttled', retryAfterMs: undefined, ...error },
      0,
      { do: 'retry', afterMs: 700, pauseMs: 700, verify: false },
    ],
    [
      'throttled for an hour',
      { kind: 'throttled', retryAfterMs: 3_600_000, ...error },
      0,
      { do: 'retry', afterMs: 5000, pauseMs: 5000, verify: false },
    ],
    [
      'transient',
      { kind: 'transient', ambiguous: false, ...error },
      2,
      { do: 'retry', afterMs: 200, verify: false },
    ],
    [
      'ambiguous',
      { kind: 'transient', ambiguous: true, ...error },
      1,
      { do: 'retry', afterMs: 100, verify: true },
    ],
    [
      'the last failure',
      { kind: 'transient', ambiguous: false, ...error },
      3,
      { do: 'retry', afterMs: 400, verify: true },
    ],
  ] as const)('%s', (_, outcome, failures, step) => {
    expect(afterCreate(outcome, context(failures))).toEqual(step);
  });
});

describe('afterLookup', () => {
  it.each([
    ['found', { kind: 'delivered' }, 1, { do: 'settle', verified: true }],
    ['absent', { kind: 'absent' }, 1, { do: 'retry', afterMs: 0, verify: false }],
    [
      'absent after the last failure',
      { kind: 'absent' },
      3,
      { do: 'deadLetter', reason: 'exhausted' },
    ],
    [
      'no lookup at this target',
      { kind: 'rejected', ...error },
      1,
      { do: 'retry', afterMs: 0, verify: false },
    ],
    [
      'no answer, even after the last failure',
      { kind: 'transient', ambiguous: true, ...error },
      3,
      { do: 'retry', afterMs: 400, verify: true },
    ],
  ] as const)('%s', (_, lookup, failures, step) => {
    expect(afterLookup(lookup, context(failures))).toEqual(step);
  });
});
