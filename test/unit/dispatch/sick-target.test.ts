import { describe, expect, it } from 'vitest';
import type { LookupVerdict, Verdict } from '../../../lib/ports.ts';
import { seededRandom } from '../../../local/target/gate.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  lookupFailure,
  recordsOf,
  START_MS,
} from '../../support/lane-lab.ts';

const down = failure('unknown', 'HTTP_500');
const MINUTE_MS = 60_000;

/** Statements about the target: what creations and lookups come to while it makes them. */
const OUTAGES: [name: string, creation: Verdict | 'lost', lookup: LookupVerdict | undefined][] = [
  [
    'an expired token',
    failure('unauthorized', 'HTTP_401'),
    lookupFailure('unauthorized', 'HTTP_401'),
  ],
  ['an expired token, told with status 200', failure('unauthorized', 'INVALID_JWT'), undefined],
  [
    'a firewall in front of it',
    failure('unauthorized', 'HTTP_403'),
    lookupFailure('unauthorized', 'HTTP_403'),
  ],
  ['a schema that has changed', failure('unavailable', 'GRAPHQL_VALIDATION_FAILED'), undefined],
  ['rejections of everything', failure('rejected', 'BAD_USER_INPUT'), undefined],
  [
    'an endpoint that is gone',
    failure('unavailable', 'HTTP_404'),
    lookupFailure('unavailable', 'HTTP_404'),
  ],
  [
    'a bill that is not paid',
    failure('unavailable', 'HTTP_402'),
    lookupFailure('unavailable', 'HTTP_402'),
  ],
  [
    'a maintenance page with status 200',
    failure('unknown', 'UNREADABLE'),
    lookupFailure('unavailable', 'UNREADABLE'),
  ],
  ['a database that is down', down, lookupFailure('unavailable', 'HTTP_500')],
  ['a subgraph that is down', failure('unknown', 'SUBREQUEST_HTTP_ERROR'), undefined],
  [
    'a port that is closed',
    failure('unavailable', 'ECONNREFUSED'),
    lookupFailure('unavailable', 'ECONNREFUSED'),
  ],
  ['answers that are lost', 'lost', lookupFailure('unavailable', 'ECONNRESET')],
  [
    'a quota that is used up',
    failure('throttled', 'HTTP_429', 1000),
    lookupFailure('throttled', 'HTTP_429'),
  ],
  ['a target that only reads', failure('unknown', 'HTTP_504'), undefined],
];

describe.each(OUTAGES)('ten minutes of %s', (_, creation, lookup) => {
  it('cost no event, create none twice, and call the target about once a second', async () => {
    const lab = createLaneLab({ random: seededRandom(3) });
    lab.target.unique = false;
    const [fromMs, toMs] = [START_MS + 5000, START_MS + 605_000];
    const isOut = (nowMs: number) => nowMs >= fromMs && nowMs < toMs;
    lab.target.creates = (_, nowMs) => (isOut(nowMs) ? creation : undefined);
    lab.target.looks = (_, nowMs) => (isOut(nowMs) ? lookup : undefined);
    const { longestWithoutProgress } = await lab.drain(recordsOf(idsOf(3000)));
    expect(longestWithoutProgress).toBe(0);
    const calls = lab.target.calls.filter(({ atMs }) => isOut(atMs)).length;
    expect(calls).toBeLessThan(700);
    for (let minute = 0; minute < 90 && lab.parking.parked.length > 0; minute++) {
      await lab.clock.advance(MINUTE_MS);
      await lab.deliver(lab.released());
    }
    expect(lab.count('deadLettered')).toBe(0);
    expect(lab.count('delivered')).toBe(3000);
    expect(Math.max(...idsOf(3000).map((id) => lab.target.countOf(id)))).toBe(1);
  });
});

describe('a target that is not well', () => {
  it('is said to be so once, and once to be well again', async () => {
    const lab = createLaneLab();
    const backAtMs = START_MS + 20_000;
    lab.target.creates = (_, nowMs) =>
      nowMs < backAtMs ? failure('unavailable', 'HTTP_404') : undefined;
    await lab.deliver(recordsOf(idsOf(300)));
    expect(
      lab.log.lines.map(({ level, message, code }) => [level, message.slice(0, 22), code]),
    ).toEqual([
      ['warn', 'The target is not well', 'HTTP_404'],
      ['warn', 'The target is well aga', undefined],
    ]);
    expect(lab.count('delivered')).toBe(300);
  });

  it('parks no event in an outage of 20 seconds, and delivers soon after it', async () => {
    const lab = createLaneLab({ random: seededRandom(1) });
    lab.target.creates = (_, nowMs) => (nowMs < START_MS + 20_000 ? down : undefined);
    await lab.deliver(
      recordsOf(idsOf(100)).map((record) => ({ ...record, arrivedAtMs: START_MS })),
    );
    expect(lab.count('deferred')).toBe(0);
    expect(lab.count('delivered')).toBe(100);
    expect(lab.secondsPassed()).toBeLessThan(35);
  });

  it('is not called in a storm for the sake of one event: three attempts, then one on each return', async () => {
    const lab = createLaneLab();
    lab.target.creates = () => failure('unavailable', 'ECONNREFUSED');
    await lab.deliver(recordsOf(['e0']));
    for (let second = 0; second < 30; second++) {
      await lab.clock.advance(1000);
      await lab.deliver(lab.released());
    }
    expect(lab.target.calls.length).toBeLessThanOrEqual(3);
  });

  it('is left in peace for as long as it asks, on any status', async () => {
    for (const kind of ['throttled', 'unauthorized', 'unknown'] as const) {
      const lab = createLaneLab();
      let openAtMs = START_MS;
      lab.target.creates = (_, nowMs) => {
        if (lab.target.calls.length > 1 && nowMs >= openAtMs) return undefined;
        openAtMs = nowMs + 5000;
        return failure(kind, 'WAIT', 5000);
      };
      lab.target.latencyMs = 5;
      await lab.deliver(recordsOf(idsOf(50)));
      expect(lab.count('delivered') + lab.count('deferred')).toBe(50);
      expect(lab.target.calls.filter(({ kind: is }) => is === kind).length).toBeLessThanOrEqual(2);
      expect(lab.secondsPassed()).toBeLessThan(16);
    }
  });
});

describe('what is about some events only', () => {
  it.each([10, 20, 60])(
    '%i bad events at the head of a batch keep none of the good ones',
    async (bad) => {
      const lab = createLaneLab({ random: seededRandom(3) });
      lab.target.creates = (id) => (Number(id.slice(1)) < bad ? down : undefined);
      const { reports } = await lab.drain(recordsOf(idsOf(1200)));
      expect(lab.count('delivered')).toBe(1200 - bad);
      expect(lab.count('deadLettered')).toBe(0);
      expect(reports).toHaveLength(1);
      expect(lab.secondsPassed()).toBeLessThan(12.2 + 1.1 * bad);
    },
  );

  it.each([0.5, 0.25, 0.05])(
    'a tenant with a share of %f of the events that is down costs the others little',
    async (share) => {
      const lab = createLaneLab({ random: seededRandom(7) });
      const isBad = (id: string) =>
        ((Number(id.slice(1)) * 2654435761) % 2 ** 32) / 2 ** 32 < share;
      lab.target.creates = (id) => (isBad(id) ? down : undefined);
      await lab.drain(recordsOf(idsOf(20_000)), { untilMs: START_MS + 2 * MINUTE_MS });
      const good = lab.target.created.length / lab.secondsPassed();
      expect(good).toBeGreaterThan(0.9 * 99 * (1 - share));
      expect(lab.log.lines).toEqual([]);
    },
  );

  it('a source that sends only bad events for an hour: good ones behind them are reached, and it ends by itself', async () => {
    const lab = createLaneLab({ settings: { batchSize: 100 } });
    lab.target.creates = (id) =>
      id.startsWith('bad') ? failure('rejected', 'BAD_USER_INPUT') : undefined;
    await lab.drain(recordsOf([...idsOf(2000, 'bad'), ...idsOf(50)]));
    expect(lab.count('delivered')).toBe(50);
    expect(lab.secondsPassed()).toBeLessThan(3600);
    for (let minute = 0; minute < 300 && lab.parking.parked.length > 0; minute++) {
      await lab.clock.advance(MINUTE_MS);
      await lab.deliver([
        ...lab.released(500),
        ...recordsOf(idsOf(3, `m${minute}-`), 900_000 + minute * 10),
      ]);
    }
    expect(lab.count('deadLettered')).toBe(2000);
  });
});
