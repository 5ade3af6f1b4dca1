import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parkingDelayMs } from '../../../lib/dispatch/parking.ts';
import type { DeadLetteredFact, DeferredFact } from '../../../lib/event/fact.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { Verdict } from '../../../lib/ports.ts';
import { seededRandom } from '../../../local/target/gate.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  lookupFailure,
  received,
  recordOf,
  recordsOf,
} from '../../support/lane-lab.ts';

const down = failure('unknown', 'HTTP_500');
const MINUTE_MS = 60_000;

type Lab = ReturnType<typeof createLaneLab>;

let good = 0;
/** Healthy events, which prove that the target works. */
const goodRecords = (count = 5) => recordsOf(idsOf(count, `good${good++}-`), 500_000 + good * 100);

/** Lets time pass, with good traffic and every release of what is due, until nothing is parked. */
async function runUntilNothingIsParked(lab: Lab, minutes = 400): Promise<void> {
  for (let minute = 0; minute < minutes && lab.parking.parked.length > 0; minute++) {
    await lab.clock.advance(MINUTE_MS);
    await lab.deliver([...lab.released(), ...goodRecords()]);
  }
}

describe('an event that keeps failing while others succeed', () => {
  it('is parked after three quick attempts, and the batch goes on', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => (id === 'e1' ? down : undefined);
    const report = await lab.deliver(recordsOf(idsOf(20)));
    expect(report).toMatchObject({ delivered: 19, deferred: 1 });
    expect(report.lowestUnsettled).toBeUndefined();
    expect(lab.secondsPassed()).toBeLessThan(3);
    expect(lab.factsOf('deferred')[0]).toMatchObject({
      eventId: 'e1',
      deferral: 1,
      failedAttempts: 3,
      error: { code: 'HTTP_500', status: 500 },
    });
    expect(lab.parking.parked[0]?.fact).toMatchObject({
      type: 'received',
      mayRepeat: true,
      deferral: 1,
      failedAttempts: 3,
      attempts: [1, 2, 3].map(() => ({
        outcome: 'unknown',
        error: expect.stringMatching(/^[A-Z0-9_]+: ./),
      })),
      at: '2026-01-01T00:00:00.000Z',
    });
  });

  it('is delivered when it returns, also to the environment that parked it', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => (id === 'e1' ? down : undefined);
    await lab.deliver(recordsOf(idsOf(20)));
    await lab.clock.advance(MINUTE_MS);
    lab.target.creates = () => undefined;
    expect(await lab.deliver(lab.released())).toMatchObject({ delivered: 1, repeated: 0 });
    const [fact] = lab.factsOf('delivered').filter(({ eventId }) => eventId === 'e1');
    expect(fact).toMatchObject({ deferral: 1, attempts: { length: 4 } });
  });

  it('has one lookup and one attempt on each return, 1, 2, 4 … minutes apart, then is dead-lettered', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => (id === 'e1' ? down : undefined);
    await lab.deliver(recordsOf(idsOf(20)));
    await runUntilNothingIsParked(lab);
    const deferrals = lab.factsOf('deferred') as DeferredFact[];
    expect(deferrals.map(({ failedAttempts }) => failedAttempts)).toEqual([3, 4, 5, 6, 7]);
    const delays = deferrals.map(({ at, until }) => (Date.parse(until) - Date.parse(at)) / 60_000);
    expect(delays).toEqual([1, 2, 4, 8, 16]);
    const [dead] = lab.factsOf('deadLettered') as DeadLetteredFact[];
    expect(dead).toMatchObject({ eventId: 'e1', reason: 'exhausted', deferral: 5 });
    const calls = lab.target.opsOf('e1');
    expect(calls.filter((op) => op === 'create')).toHaveLength(8);
    expect(calls.length).toBeLessThanOrEqual(30);
  });

  it('is dead-lettered in the same way if its lookups fail, too, and is created by no more than its attempts', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) => (id.startsWith('bad') ? down : undefined);
    lab.target.looks = (id) =>
      id.startsWith('bad') ? lookupFailure('unavailable', 'HTTP_500') : undefined;
    await lab.deliver(recordsOf([...idsOf(12, 'bad'), ...idsOf(788)]));
    expect(lab.count('delivered')).toBe(788);
    await runUntilNothingIsParked(lab);
    expect(lab.count('deadLettered')).toBe(12);
    for (const id of idsOf(12, 'bad')) {
      expect(lab.target.opsOf(id).length).toBeLessThanOrEqual(30);
      expect(lab.target.opsOf(id).filter((op) => op === 'create')).toHaveLength(1);
    }
  });

  it('is parked at once when a backlog waits and the retries of others have failed, too', async () => {
    const lab = createLaneLab({ random: seededRandom(1) });
    lab.target.creates = (id) => (Number(id.slice(1)) % 20 === 7 ? down : undefined);
    await lab.deliver(recordsOf(idsOf(1200)));
    const creations = idsOf(1200)
      .filter((id) => Number(id.slice(1)) % 20 === 7)
      .map((id) => lab.target.opsOf(id).filter((op) => op === 'create').length);
    expect(Math.max(...creations)).toBe(3);
    expect(creations.filter((count) => count === 1).length).toBeGreaterThan(20);
  });

  it('stays unsettled when it cannot be parked, and is delivered again', async () => {
    const lab = createLaneLab({ errorsExpected: true });
    lab.parking.fails = true;
    lab.target.creates = (id) => (id === 'e1' ? down : undefined);
    const report = await lab.deliver(recordsOf(idsOf(20), 1000));
    expect(report).toMatchObject({ delivered: 19, deferred: 0, lowestUnsettled: '1001' });
    expect(lab.count('deferred')).toBe(0);
    expect(lab.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', eventId: 'e1' }),
    );
  });

  it('is parked for as long as the target asks it to wait', async () => {
    const lab = createLaneLab();
    lab.target.creates = (id) =>
      id === 'e1' ? failure('unavailable', 'HTTP_503', 600_000) : undefined;
    lab.lane.settings.maxWaitMs = 900_000;
    await lab.deliver(recordsOf(idsOf(20)));
    expect(lab.parking.parked[0]?.dueMs).toBeGreaterThanOrEqual(lab.clock.now() + 590_000);
  });
});

describe('a dead letter', () => {
  const reject = (id: string): Verdict | undefined =>
    id.startsWith('bad') ? failure('rejected', 'BAD_USER_INPUT') : undefined;

  it('follows a rejection once another event has succeeded after it', async () => {
    const lab = createLaneLab();
    lab.target.creates = reject;
    const report = await lab.deliver(recordsOf(['bad1', 'e1']));
    expect(report).toMatchObject({ delivered: 1, deadLettered: 1, calls: 2 });
    expect(lab.factsOf('deadLettered')[0]).toMatchObject({ eventId: 'bad1', reason: 'rejected' });
  });

  it('waits, parked, while no other event has', async () => {
    const lab = createLaneLab();
    lab.target.creates = reject;
    expect(await lab.deliver(recordsOf(['e1', 'bad1']))).toMatchObject({
      deadLettered: 0,
      deferred: 1,
    });
    await lab.clock.advance(MINUTE_MS);
    const report = await lab.deliver([...lab.released(), ...goodRecords()]);
    expect(report).toMatchObject({ deadLettered: 1 });
  });

  it('follows the second rejection if another event has succeeded between the two, in any batch', async () => {
    const lab = createLaneLab();
    lab.target.creates = reject;
    await lab.deliver(recordsOf(['bad1']));
    await lab.deliver(recordsOf(['e1'], 10));
    await lab.clock.advance(MINUTE_MS);
    expect(await lab.deliver(lab.released())).toMatchObject({ deadLettered: 1 });
    expect(lab.target.opsOf('bad1')).toEqual(['create', 'look', 'create']);
  });

  it('is made at once where the operator decided so', async () => {
    const lab = createLaneLab({ settings: { onSystemicRejection: 'dead-letter' } });
    lab.target.creates = reject;
    const report = await lab.deliver(recordsOf(idsOf(60, 'bad')));
    expect(report).toMatchObject({ deadLettered: 60, deferred: 0 });
    expect(lab.secondsPassed()).toBeLessThan(2);
  });

  it('follows a lookup if an earlier attempt may have created the event', async () => {
    const lab = createLaneLab();
    lab.target.unique = false;
    lab.target.creates = (id) => {
      if (id !== 'bad1') return undefined;
      return lab.target.opsOf(id).length === 1 ? down : failure('rejected', 'BAD_USER_INPUT');
    };
    await lab.deliver(recordsOf(['bad1', ...idsOf(200)]));
    expect(lab.target.opsOf('bad1')).toEqual(['create', 'look', 'create']);
    lab.target.creates = (id) =>
      id === 'bad2' ? failure('rejected', 'IDEMPOTENCY_KEY_REUSED') : undefined;
    lab.target.canLookUp = true;
    lab.target.add('bad2');
    await lab.deliver([recordOf(received('bad2', { mayRepeat: true }), 9000), ...goodRecords()]);
    expect(lab.factsOf('delivered').at(-1)).toMatchObject({ type: 'delivered' });
    expect(lab.factsOf('deadLettered').map(({ eventId }) => eventId)).toEqual(['bad1']);
  });

  it('says "undecided" after the longest time that an event may be parked', async () => {
    const lab = createLaneLab();
    lab.target.creates = () => failure('rejected', 'BAD_USER_INPUT');
    await lab.deliver(recordsOf(['e1', 'e2']));
    for (let hour = 0; hour < 80 && lab.parking.parked.length > 0; hour++) {
      lab.clock.jump(60 * MINUTE_MS + 1);
      await lab.deliver(lab.released());
    }
    const dead = lab.factsOf('deadLettered') as DeadLetteredFact[];
    expect(dead.map(({ reason }) => reason)).toEqual(['undecided', 'undecided']);
    expect(lab.secondsPassed() / 3600).toBeGreaterThanOrEqual(72);
    expect(lab.secondsPassed() / 3600).toBeLessThan(76);
  });
});

describe('a target that overwrites', () => {
  it('keeps the newer version when an older one returns from parking, if it can be looked up', async () => {
    const lab = createLaneLab();
    lab.target.unique = false;
    const version = (body: string, sequence: number) =>
      recordOf(
        received('e1', { payload: { id: 'e1', name: 'n', body, timestamp: 1_700_000_000 } }),
        sequence,
      );
    lab.target.creates = (_, __, { payload }) =>
      (payload as { body: string }).body === 'old' && lab.parking.parked.length === 0
        ? down
        : undefined;
    await lab.deliver([version('old', 1), ...goodRecords()]);
    expect(lab.parking.parked).toHaveLength(1);
    await lab.deliver([version('new', 2), ...goodRecords()]);
    await lab.clock.advance(MINUTE_MS);
    await lab.deliver(lab.released());
    const bodies = lab.target.created
      .filter(({ id }) => id === 'e1')
      .map(({ payload }) => (payload as { body: string }).body);
    expect(bodies).toEqual(['new']);
    expect(lab.parking.parked).toEqual([]);
  });
});

describe('parkingDelayMs', () => {
  it.each([
    [0, 1],
    [3, 1],
    [4, 2],
    [8, 32],
    [50, 64],
  ])('after %i failed attempts is %i times the first', (failedAttempts, times) => {
    const settings = { parkingDelayMs: 1000, stragglerMaxAgeMs: 0 };
    expect(parkingDelayMs(failedAttempts, 0, settings)).toBe(times * 1000);
  });
});

describe('deliverBatch, whatever happens', () => {
  const OUTCOMES: Record<string, Verdict | 'lost' | undefined> = {
    ok: undefined,
    '500': down,
    '429': failure('throttled', 'HTTP_429', 1000),
    '401': failure('unauthorized', 'HTTP_401'),
    bad: failure('rejected', 'BAD_USER_INPUT'),
    lost: 'lost',
  };

  it('loses no event, creates none twice, and passes no record whose event is not settled', async () => {
    const step = fc.constantFrom(
      'ok',
      'ok',
      'ok',
      '500',
      '429',
      '401',
      'bad',
      'lost',
      'unappended',
      'unparked',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 20_000 }),
        async (script, order, budgetMs) => {
          const lab = createLaneLab({ errorsExpected: true });
          lab.target.unique = false;
          let at = 0;
          const next = () => script[at++ % script.length] ?? 'ok';
          lab.target.creates = () => OUTCOMES[next()];
          lab.journal.refuses = () => next() === 'unappended';
          const ids = order.map((index) => `e${index}`);
          let records = recordsOf(ids, 8);
          for (let round = 0; round < 4; round++) {
            lab.parking.fails = next() === 'unparked';
            records = await nextRecords(lab, records, budgetMs);
            const waiting = new Set(records.map(({ partitionKey }) => partitionKey));
            expect(ids.filter((id) => !waiting.has(id) && !isAccountedFor(lab, id))).toEqual([]);
          }
          lab.parking.fails = false;
          lab.journal.refuses = () => false;
          lab.target.creates = () => undefined;
          for (let minute = 0; minute < 150; minute++)
            records = await nextRecords(lab, records, 100_000);
          expect(ids.filter((id) => !hasEnded(lab, id))).toEqual([]);
          expect(ids.filter((id) => lab.target.countOf(id) > 1)).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  /** One invocation, and a minute later what is left of the batch and what is released. */
  async function nextRecords(lab: Lab, records: BatchRecord[], budgetMs: number) {
    const { lowestUnsettled } = await lab.deliver(records, budgetMs);
    const from = records.findIndex(({ sequenceNumber }) => sequenceNumber === lowestUnsettled);
    await lab.clock.advance(MINUTE_MS);
    return [...(from === -1 ? [] : records.slice(from)), ...lab.released()];
  }

  const hasEnded = (lab: Lab, id: string) =>
    lab.journal.facts.some(
      ({ eventId, type }) => eventId === id && (type === 'delivered' || type === 'deadLettered'),
    );

  const isAccountedFor = (lab: Lab, id: string) =>
    hasEnded(lab, id) || lab.parking.parked.some(({ fact }) => fact.eventId === id);
});
