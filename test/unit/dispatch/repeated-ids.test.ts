// The source sends the same event twice: two records, each of which must have an end in the journal.
import { describe, expect, it } from 'vitest';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  received,
  recordOf,
  recordsOf,
} from '../../support/lane-lab.ts';

describe('a repeated id', () => {
  it('gets a `delivered` fact of its own, and no call', async () => {
    const { target, factsOf, deliver, clock } = createLaneLab();
    await deliver(recordsOf(['e0'], 1000));
    await clock.advance(60_000);
    const report = await deliver(recordsOf(['e0'], 2000));
    expect(report).toMatchObject({ delivered: 1, repeated: 0, calls: 0 });
    expect(report.lowestUnsettled).toBeUndefined();
    expect(target.countOf('e0')).toBe(1);
    const [first, second] = factsOf('delivered');
    expect(second).toMatchObject({ eventId: 'e0', verified: true, attempts: [] });
    expect(Date.parse(second?.at ?? '')).toBeGreaterThan(Date.parse(first?.at ?? '') + 59_000);
  });

  it('gets none when Lambda delivers the same record again', async () => {
    const { factsOf, deliver } = createLaneLab();
    const records = recordsOf(['e0', 'e1'], 1000);
    await deliver(records);
    await deliver([...records, ...recordsOf(['e0'], 2000)]);
    expect(await deliver(records)).toMatchObject({ repeated: 2, calls: 0 });
    expect(factsOf('delivered').map(({ eventId }) => eventId)).toEqual(['e0', 'e1', 'e0']);
  });

  it('is ended by one fact for all its records of a batch, which follows them', async () => {
    const { factsOf, deliver } = createLaneLab();
    await deliver(recordsOf(['e0'], 1000));
    await deliver(recordsOf(['e0', 'e0', 'e1', 'e0'], 2000));
    expect(factsOf('delivered').map(({ eventId }) => eventId)).toEqual(['e0', 'e0', 'e1']);
  });

  it('is tried again after a dead letter, with a lookup first', async () => {
    const { target, factsOf, deliver } = createLaneLab();
    let isBad = true;
    target.creates = (id) =>
      isBad && id === 'e0' ? failure('rejected', 'BAD_USER_INPUT') : undefined;
    await deliver(recordsOf(['e0', 'e1'], 1000));
    expect(factsOf('deadLettered')).toHaveLength(1);
    isBad = false;
    await deliver(recordsOf(['e0'], 2000));
    expect(target.opsOf('e0').slice(-2)).toEqual(['look', 'create']);
    expect(factsOf('delivered').map(({ eventId }) => eventId)).toEqual(['e1', 'e0']);
  });

  it('is looked up where only a note says that its first record is settled', async () => {
    const lab = createLaneLab();
    const first = recordsOf(['e0'], 1000);
    await lab.deliver(first);
    // Another environment, that has only the notes.
    lab.lane.memory = new SettledMemory();
    expect(await lab.deliver(first)).toMatchObject({ repeated: 1, calls: 0 });
    lab.target.unique = false;
    await lab.deliver(recordsOf(['e0'], 2000));
    expect(lab.target.opsOf('e0')).toEqual(['create', 'look']);
    expect(lab.count('delivered')).toBe(2);
  });
});

describe('a replay of what dispatch may still deliver', () => {
  it.each([
    [200, 100],
    [200, 5000],
    [3000, 5000],
  ])('creates none of %d events twice, %d ms between invocations', async (count, gapMs) => {
    const lab = createLaneLab();
    lab.target.unique = false;
    let isDown = false;
    lab.target.creates = () => (isDown ? failure('unavailable', 'HTTP_503') : undefined);
    await lab.drain(recordsOf(idsOf(1200, 'before'), 1000));
    isDown = true;
    const pending = recordsOf(idsOf(count), 10_000);
    for (let round = 0; round < 3; round++) {
      await lab.deliver(pending.slice(0, 1200));
      await lab.clock.advance(gapMs);
    }
    isDown = false;
    const replay = { runId: 'r1', reason: 'outage' };
    const copies = idsOf(count).map((id, index) =>
      recordOf(received(id, { replay, mayRepeat: true }), 20_000 + index),
    );
    await lab.drain([...pending, ...copies]);
    expect(idsOf(count).filter((id) => lab.target.countOf(id) !== 1)).toEqual([]);
  });
});
