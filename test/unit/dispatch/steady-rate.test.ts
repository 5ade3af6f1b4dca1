import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../../local/target/gate.ts';
import { createLaneLab, failure, idsOf, recordsOf, START_MS } from '../../support/lane-lab.ts';

const down = failure('unknown', 'HTTP_500');
const MINUTE_MS = 60_000;

/** Ids of so many events of each batch of 1,200, at random places. */
function someOf(perBatch: number, events: number, random: () => number): Set<string> {
  const bad = new Set<string>();
  for (let batch = 0; batch < events / 1200; batch++)
    for (let left = perBatch; left > 0; ) {
      const id = `e${batch * 1200 + Math.floor(random() * 1200)}`;
      if (bad.has(id)) continue;
      bad.add(id);
      left -= 1;
    }
  return bad;
}

/** Good events delivered a second over some time of backlog, in which released events come at their share beside it. */
async function rateOfGoodEvents(badPerBatch: number, minutes: number): Promise<number> {
  const random = seededRandom(11);
  const lab = createLaneLab({ random });
  const events = minutes * 6600;
  const bad = someOf(badPerBatch, events, random);
  lab.target.creates = (id) => (bad.has(id) ? down : undefined);
  const ids = idsOf(events);
  let next = 0;
  let left: ReturnType<typeof recordsOf> = [];
  while (lab.clock.now() < START_MS + minutes * MINUTE_MS) {
    // As `recover` releases: half of 5 % of the rate, since each costs up to two calls.
    const released = lab.released(30);
    const fresh = ids.slice(next, next + 1200 - left.length - released.length);
    const records = [...left, ...released, ...recordsOf(fresh, 1000 + next)];
    next += fresh.length;
    const report = await lab.deliver(records);
    const from = records.findIndex((record) => record.sequenceNumber === report.lowestUnsettled);
    left = from === -1 ? [] : records.slice(from);
  }
  expect(lab.log.lines).toEqual([]);
  return lab.target.created.length / lab.secondsPassed();
}

describe('a steady hour with events that always fail', () => {
  // The first minutes decide: later ones repeat them.
  it.each([
    [1, 10],
    [20, 60],
  ])(
    '%i of 1,200, over %i minutes, cost the others less than a twentieth',
    async (bad, minutes) => {
      expect(await rateOfGoodEvents(bad, minutes)).toBeGreaterThan(0.95 * 0.99 * 99);
    },
    120_000,
  );
});

describe('429s that do not depend on the rate', () => {
  it.each([
    [0.001, 1000, 0.97],
    [0.01, 1000, 0.95],
    [0.01, undefined, 0.95],
    [0.1, 1000, 0.8],
    [0.1, undefined, 0.8],
  ])(
    'a share of %f, with a wait of %s ms, leaves %f of what the target admits',
    async (share, waitMs, left) => {
      const random = seededRandom(5);
      const lab = createLaneLab({ random });
      lab.target.creates = () =>
        random() < share ? failure('throttled', 'HTTP_429', waitMs) : undefined;
      await lab.drain(recordsOf(idsOf(40_000)), { untilMs: START_MS + 300_000 });
      const perSecond = lab.count('delivered') / lab.secondsPassed();
      expect(perSecond).toBeGreaterThan(left * 99 * (1 - share));
    },
  );
});

describe('a quota that is closed for 30 seconds', () => {
  it.each([0, 1000, 30_000, undefined])(
    'with a wait of %s ms: full rate within 3 s of its end',
    async (waitMs) => {
      const lab = createLaneLab();
      const [fromMs, toMs] = [START_MS + 20_000, START_MS + 50_000];
      lab.target.creates = (_, nowMs) =>
        nowMs >= fromMs && nowMs < toMs ? failure('throttled', 'HTTP_429', waitMs) : undefined;
      await lab.drain(recordsOf(idsOf(20_000)), { untilMs: toMs + 20_000 });
      const after = lab.target.created.filter(({ atMs }) => atMs >= toMs + 3000);
      expect(after.length / 17).toBeGreaterThan(0.97 * 99);
      expect(lab.target.calls.filter(({ kind }) => kind === 'throttled').length).toBeLessThan(50);
    },
  );
});

describe('a limit that changes', () => {
  it('is found, used, and left again: 100/s, then 20/s for three minutes, then 100/s', async () => {
    const lab = createLaneLab();
    const admittedAtMs: number[] = [];
    const limitAt = (ms: number) => (ms < 60_000 || ms >= 240_000 ? 100 : 20);
    lab.target.creates = (_, nowMs) => {
      while ((admittedAtMs[0] ?? nowMs) <= nowMs - 1000) admittedAtMs.shift();
      if (admittedAtMs.length >= limitAt(nowMs - START_MS))
        return failure('throttled', 'HTTP_429', 1000);
      admittedAtMs.push(nowMs);
      return undefined;
    };
    await lab.drain(recordsOf(idsOf(40_000)), { untilMs: START_MS + 360_000 });
    const perSecond = (from: number, to: number) =>
      lab.target.created.filter(({ atMs }) => atMs - START_MS >= from && atMs - START_MS < to)
        .length /
      ((to - from) / 1000);
    expect(perSecond(5000, 60_000)).toBeGreaterThan(97);
    expect(perSecond(65_000, 240_000)).toBeGreaterThan(19);
    expect(perSecond(270_000, 360_000)).toBeGreaterThan(97);
    const throttled = lab.target.calls.filter(({ kind }) => kind === 'throttled').length;
    expect(throttled / lab.target.calls.length).toBeLessThan(0.005);
  });
});
