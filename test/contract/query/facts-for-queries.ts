import type { Fact } from '../../../lib/event/fact.ts';
import {
  deadLetteredFact,
  deferredFact,
  deliveredFact,
  REPLAY,
  receivedFact,
} from '../../support/sample-facts.ts';

const at = (time: string) => `2026-01-01T${time}Z`;
const placed = (id: string) => ({ id, name: 'order.placed', body: 'b', timestamp: 1 });
const shipped = (id: string) => ({ id, name: 'order.shipped', body: 'b', timestamp: 1 });

const transient = { at: at('10:00:01.000'), ms: 30, outcome: 'transient' as const, status: 503 };
const success = { at: at('10:00:02.000'), ms: 40, outcome: 'delivered' as const, status: 200 };

/**
 * The life of seven events: `a` delivered at the second attempt, `b` delivered and archived twice, `c` dead-lettered and then
 * replayed with success, `d` dead-lettered, `e` pending, `f` parked for the second time (and again, since
 * Lambda delivered the batch twice; that fact is archived twice), `g` parked and then
 * delivered; and a record that never was an event.
 */
export const FACTS: Fact[] = [
  receivedFact({
    ...{ eventId: 'a', at: at('10:00:00.000'), payload: placed('a') },
    ...{ requestId: 'JKJaXmPLvHcESHA=', keyName: 'shop' },
  }),
  deliveredFact({
    ...{ eventId: 'a', at: at('10:00:02.500'), queuedMs: 1000, dispatchMs: 40 },
    attempts: [transient, success],
  }),
  receivedFact({ eventId: 'b', at: at('10:30:00.000'), payload: placed('b') }),
  deliveredFact({ eventId: 'b', at: at('11:00:00.000'), queuedMs: 5, dispatchMs: 20 }),
  deliveredFact({ eventId: 'b', at: at('11:00:00.000'), queuedMs: 5, dispatchMs: 20 }),
  receivedFact({ eventId: 'c', at: at('10:40:00.000'), payload: shipped('c') }),
  deadLetteredFact({ eventId: 'c', at: at('10:40:01.000'), reason: 'exhausted' }),
  receivedFact({ eventId: 'c', at: at('11:10:00.000'), payload: shipped('c'), replay: REPLAY }),
  deliveredFact({ eventId: 'c', at: at('11:10:00.100'), replay: REPLAY, verified: true }),
  receivedFact({ eventId: 'd', at: at('11:20:00.000'), payload: placed('d') }),
  deadLetteredFact({ eventId: 'd', at: at('11:20:01.000') }),
  receivedFact({ eventId: 'e', at: at('11:50:00.000'), payload: placed('e') }),
  receivedFact({ eventId: 'f', at: at('11:00:00.000'), payload: shipped('f') }),
  deferredFact({ eventId: 'f', at: at('11:01:00.000'), until: at('11:02:00.000') }),
  receivedFact({ eventId: 'f', at: at('11:00:00.000'), payload: shipped('f'), deferral: 1 }),
  ...[
    { at: at('11:03:00.000'), until: at('12:03:00.000') },
    ...[1, 2].map(() => ({ at: at('11:04:00.000'), until: at('12:05:00.000') })),
  ].map((times) => deferredFact({ eventId: 'f', ...times, deferral: 2, failedAttempts: 4 })),
  receivedFact({ eventId: 'g', at: at('11:00:00.000'), payload: shipped('g') }),
  deferredFact({ eventId: 'g', at: at('11:01:00.000'), until: at('11:02:00.000') }),
  receivedFact({ eventId: 'g', at: at('11:00:00.000'), payload: shipped('g'), deferral: 1 }),
  deliveredFact({ eventId: 'g', at: at('11:05:00.000'), deferral: 1 }),
  deadLetteredFact({
    ...{ eventId: 'junk', at: at('11:30:00.000'), attempts: [], reason: 'malformed', payload: '?' },
    error: { code: 'MALFORMED', message: 'not JSON', status: null },
  }),
];

/** Received before, and after, the range that the tests ask about. */
export const OTHER_FACTS: Fact[] = [
  receivedFact({ eventId: 'yesterday', at: '2025-12-31T09:00:00.000Z' }),
  receivedFact({ eventId: 'tomorrow', at: '2026-01-02T09:00:00.000Z' }),
];

export const RANGE = {
  fromMs: Date.parse(at('00:00:00.000')),
  toMs: Date.parse(at('12:00:00.000')),
  minutes: 30,
  eventId: 'c',
  requestId: 'JKJaXmPLvHcESHA=',
};
