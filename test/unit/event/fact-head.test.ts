import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { msOf } from '../../../lib/event/at.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { decodeHead, type FactHead } from '../../../lib/event/fact-head.ts';
import {
  deadLettered,
  deferred,
  delivered,
  dismissed,
  received,
} from '../../support/timed-facts.ts';

/** What a head must hold, by way of the whole fact. */
function headOf(fact: Fact): FactHead {
  const { type, eventId, at, replay, deferral } = fact;
  return {
    type,
    eventId,
    at,
    ...(replay ? { replay: { runId: replay.runId } } : {}),
    ...(deferral ? { deferral } : {}),
    ...(fact.type === 'deferred' ? { until: fact.until } : {}),
    ...(fact.type === 'delivered' && fact.verified ? { verified: true } : {}),
    ...(fact.type === 'deadLettered' || fact.type === 'dismissed' ? { reason: fact.reason } : {}),
  };
}

const text = (fact: Fact) => Buffer.from(encodeFact(fact)).toString();

/** As recover appends it, with what ingest knew of the request. */
const RETURNED = {
  ...{ keyName: 'a "key\\', requestId: 'JKJaXmPLvHcESHA=', mayRepeat: true, failedAttempts: 2 },
  attempts: [{ at: '2026-03-01T12:00:00.000Z', ms: 5, outcome: 'unknown', status: null }],
};

/** As dispatch writes it: the key's name stands before the type. */
const keyed = ({ v, eventId, at, traceId, replay, ...rest }: Fact) =>
  ({ v, eventId, at, traceId, ...(replay ? { replay } : {}), keyName: 'shop', ...rest }) as Fact;

const facts = fc
  .record({
    id: fc.string({ minLength: 1 }),
    atMs: fc.integer({ min: 0, max: 4e12 }),
    replay: fc.option(fc.record({ runId: fc.string(), reason: fc.string() }), { nil: undefined }),
    make: fc.constantFrom<(id: string, about: object) => Fact>(
      received,
      (id: string, about: object) => ({ ...received(id, about), ...RETURNED }) as Fact,
      deferred,
      delivered,
      deadLettered,
      dismissed,
      (id: string, about: object) => keyed(deadLettered(id, about)),
      (id: string, about: object) => delivered(id, { ...about, verified: true }),
      (id: string, about: object) => deadLettered(id, { ...about, reason: 'undecided' as const }),
    ),
    deferral: fc.option(fc.integer({ min: 1, max: 1e9 }), { nil: undefined }),
    payload: fc.jsonValue(),
  })
  .map(({ id, atMs, replay, deferral, make, payload }) => {
    const about = { atMs, ...(replay ? { replay } : {}), ...(deferral ? { deferral } : {}) };
    const fact = make(id, about);
    const trap = {
      payload,
      '"reason":"': '"reason":"rejected"',
      deferral: 7,
      end: ',"verified":true}',
    };
    return 'payload' in fact
      ? ({ ...fact, payload: new VerbatimPayload(JSON.stringify(trap)) } as Fact)
      : fact;
  });

describe('decodeHead', () => {
  it('finds in any fact what decoding it whole finds', () => {
    fc.assert(
      fc.property(facts, (fact) => {
        const decoding = decodeHead(text(fact));
        expect(decoding).toMatchObject({ valid: true, fact: headOf(fact) });
      }),
    );
  });

  it('finds it as well when somebody else has written the fact', () => {
    fc.assert(
      fc.property(facts, (fact) => {
        const reversed = JSON.stringify(Object.fromEntries(Object.entries(fact).toReversed()));
        expect(decodeHead(reversed)).toMatchObject({ valid: true, fact: headOf(fact) });
      }),
    );
  });

  it('knows a line that was cut anywhere', () => {
    for (const fact of [received('e'), deferred('e'), delivered('e'), deadLettered('e')]) {
      const whole = text(fact);
      for (let length = 0; length < whole.length; length++) {
        const cut = whole.slice(0, length);
        // What ends like a fact by chance may pass; nothing else does.
        if (!cut.endsWith('}')) expect(decodeHead(cut).valid).toBe(false);
      }
    }
  });

  it('refuses what decoding it whole refuses', () => {
    fc.assert(
      fc.property(fc.string(), (line) => {
        expect(decodeHead(line).valid).toBe(decodeFact(line).valid);
      }),
    );
  });
});

describe('msOf', () => {
  it('is what Date.parse is', () => {
    fc.assert(
      fc.property(fc.array(fc.date({ noInvalidDate: true, min: new Date(0) })), (dates) => {
        for (const date of dates) expect(msOf(date.toISOString())).toBe(date.getTime());
      }),
    );
    const base = Date.UTC(2026, 0, 1);
    for (let ms = base; ms < base + 200_000; ms += 997)
      expect(msOf(new Date(ms).toISOString())).toBe(ms);
  });

  it.each(['', 'then', '2026-01-01', '2026-01-01T00:00:00.000+02:00', '2026-13-01T00:00:00.000Z'])(
    'takes %j as Date.parse does',
    (at) => {
      expect(msOf(at)).toBe(Date.parse(at));
    },
  );
});
