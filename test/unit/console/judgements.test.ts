import { describe, expect, it } from 'vitest';
import { judgeTarget, targetReportOf } from '../../../lib/console/dispatch-log.ts';
import { EventSearch, searchedFact } from '../../../lib/console/event-search.ts';
import { type FailedEvent, groupFailures } from '../../../lib/console/failure-groups.ts';
import type { TargetNumbers } from '../../../lib/console/flow-numbers.ts';
import { RefreshedValue } from '../../../lib/console/refreshed-value.ts';
import { lifeSteps } from '../../../scripts/console/life-steps.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { deadLettered, deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

describe('the health of the target', () => {
  const line = (fields: object) => `2026  id\t${JSON.stringify({ level: 'info', ...fields })}\n`;
  const at = '2026-03-01T12:00:05.000Z';

  it.each([
    ['a batch', line({ at, message: 'batch', targetHealth: 'closed' }), { state: 'closed' }],
    [
      'an outage that begins',
      line({
        ...{ at, message: 'The target is not well: one probe …', targetHealth: 'sick' },
        ...{ code: 'HTTP_503', cause: 'busy' },
      }),
      { state: 'sick', cause: 'HTTP_503: busy' },
    ],
    [
      'an outage that ends',
      line({ at, message: 'batch', targetHealth: 'sick' }) +
        line({ at, message: 'The target is well again: …', targetHealth: 'well' }) +
        line({ at, message: 'another line' }),
      { state: 'well' },
    ],
    ['a line that was cut', 'rgetHealth":"sick"}\n', undefined],
    ['nothing', '', undefined],
  ])('is read from %s', (_, log, expected) => {
    if (expected) expect(targetReportOf(log)).toMatchObject(expected);
    else expect(targetReportOf(log)).toBeUndefined();
  });

  const signs: TargetNumbers = {
    ...{ state: 'well', sinceMs: null, lastFailure: 'unavailable (503)' },
    ...{ lastSuccessMs: NOON_MS, lastFailureMs: NOON_MS + 1000 },
  };
  const waiting = { report: undefined, isDispatching: true, lagMs: 8000, nowMs: NOON_MS + 9000 };
  const report = (state: TargetNumbers['state'], ms: number) => ({
    report: { state, atMs: NOON_MS + ms, cause: undefined },
  });

  it.each([
    ['events wait after a failure without a success', {}, 'sick'],
    ['nothing waits', { lagMs: 0 }, 'well'],
    ['dispatch is paused', { isDispatching: false }, 'well'],
    ['a success was seconds ago', { nowMs: NOON_MS + 2000 }, 'well'],
    ['the log is newer', report('closed', 5000), 'closed'],
    ['the facts are newer than the log', { ...report('closed', 500), lagMs: 0 }, 'well'],
  ])('when %s', (_, change, state) => {
    expect(judgeTarget({ ...{ signs, ...waiting }, ...change }).state).toBe(state);
  });
});

describe('groups of failures', () => {
  const failed = (eventId: string, message: string, code = 'BAD'): FailedEvent => ({
    ...{ eventId, since: '2026-03-01T12:00:00.000Z', reason: 'rejected' },
    error: { code, message, status: 422 },
  });

  it('have the reason, the code and what messages have in common', () => {
    const groups = groupFailures([
      failed('x', 'no item 12'),
      failed('order-1', 'order-1 has no price of 30'),
      failed('order-2', 'order-2 has no price of 7'),
      failed('order-3', 'order-3 has no price of 7', 'OTHER'),
    ]);
    expect(groups.map(({ code, message, events }) => [code, message, events.length])).toEqual([
      ['BAD', 'ID has no price of #', 2],
      ['BAD', 'no item #', 1],
      ['OTHER', 'ID has no price of #', 1],
    ]);
  });
});

describe('a search', () => {
  const search = new EventSearch();
  for (const fact of [
    delivered('a'),
    received('a', { name: 'order.placed' }),
    received('b', { name: 'order.paid', atMs: NOON_MS + 1000 }),
    deadLettered('b', { atMs: NOON_MS + 2000 }),
    received('c', { name: 'user.left', atMs: NOON_MS + 3000 }),
    deferred('c', { atMs: NOON_MS + 4000 }),
  ])
    search.take(searchedFact(fact));
  const all = { fromMs: 0, toMs: Number.POSITIVE_INFINITY };
  const ids = (query: object) => search.find({ ...all, ...query }).map(({ eventId }) => eventId);

  it.each([
    [{}, ['c', 'b', 'a']],
    [{ id: 'b' }, ['b']],
    [{ name: 'ORDER' }, ['b', 'a']],
    [{ state: 'deferred' }, ['c']],
    [{ state: 'deadLettered', name: 'paid' }, ['b']],
    [{ reason: 'http_400' }, ['b']],
    [{ fromMs: NOON_MS + 500, toMs: NOON_MS + 2500 }, ['b']],
    [{ name: 'nothing' }, []],
  ])('by %j', (query, expected) => {
    expect(ids(query)).toEqual(expected);
  });
});

it('the life of an event has each attempt once, and its time since the beginning', () => {
  const parked = deferred('a');
  const returned = received('a', { deferral: 1 });
  const end = delivered('a', { atMs: NOON_MS + 70_000, deferral: 1 });
  const repeated = {
    ...end,
    attempts: [...parked.attempts, ...('attempts' in end ? end.attempts : [])],
  };
  const steps = lifeSteps([received('a'), parked, returned, repeated] as Parameters<
    typeof lifeSteps
  >[0]);
  expect(steps.map(({ title, sinceMs }) => [title, sinceMs])).toEqual([
    ['Received', 0],
    ['Attempt 1: unavailable', 995],
    ['Parked', 1000],
    ['Due again', 0],
    ['Attempt 2: delivered', 69_995],
    ['Delivered', 70_000],
  ]);
});

describe('a value that is refreshed', () => {
  it('is read when it is asked for, not before, and kept while a reading fails', async () => {
    const clock = new ManualClock();
    let reads = 0;
    let failure: Error | undefined;
    const value = new RefreshedValue(
      async () => {
        if (failure) throw failure;
        return ++reads;
      },
      1000,
      clock,
    );
    expect(await value.get()).toBe(1);
    await clock.advance(999);
    expect(await value.get()).toBe(1);
    await clock.advance(1000);
    expect(reads).toBe(1);
    expect(await value.get()).toBe(1);
    await clock.advance(0);
    expect(await value.get()).toBe(2);
    // No one has asked for a minute: the old value is of no use.
    await clock.advance(60_000);
    expect(await value.get()).toBe(3);
    failure = new Error('no route');
    value.expire();
    await value.get();
    await clock.advance(0);
    expect(await value.get()).toBe(3);
    expect(value.problem).toBe('no route');
  });

  it('is read again after a change that came while it was read', async () => {
    const clock = new ManualClock();
    const ends: ((state: string) => void)[] = [];
    const value = new RefreshedValue(
      () => new Promise<string>((resolve) => ends.push(resolve)),
      1000,
      clock,
    );
    const first = value.get();
    value.expire();
    ends[0]?.('before');
    expect(await first).toBe('before');
    const second = value.get();
    ends[1]?.('after');
    expect(await second).toBe('after');
  });
});
