import { describe, expect, it } from 'vitest';
import { createArchiveHistory } from '../../../lib/archive/event-history.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { standingOf, timelineOf } from '../../../scripts/trace/timeline.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { deadLettered, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const PARTITION = 'facts/dt=2026-03-01/hh=12/';
const replay = { runId: 'run-1', reason: 'lost at the target' };

async function stores(...archived: Fact[][]) {
  const archive = new InMemoryObjects();
  const spill = new InMemoryObjects();
  for (const [index, facts] of archived.entries())
    await archive.archive(`${PARTITION}${index}.gz`, facts);
  return { archive, spill, source: createArchiveHistory({ archive, spill, bufferSeconds: 60 }) };
}

describe('trace', () => {
  it('tells the life of an event in order, with every attempt and replay', async () => {
    const { source } = await stores(
      [received('other'), delivered('e'), received('e')],
      [received('e', { atMs: NOON_MS + 60_000, replay }), received('e')],
      [deadLettered('e', { atMs: NOON_MS + 61_000, replay })],
    );
    const history = await source.read('e');
    expect(timelineOf(history).map((line) => line.replace(/\s+/g, ' ').trim())).toEqual([
      '2026-03-01T12:00:00.000Z +0 s received, durable in the journal',
      `trace ${'b'.repeat(32)}, archive ${PARTITION}0.gz, line 3`,
      '2026-03-01T12:00:00.995Z +1 s attempt 1: delivered (200) in 5 ms',
      '2026-03-01T12:00:01.000Z +1 s delivered, first tried 1 s after it was received',
      '2026-03-01T12:01:00.000Z +60 s replayed by run-1: lost at the target',
      `trace ${'b'.repeat(32)}, archive ${PARTITION}1.gz, line 1`,
      '2026-03-01T12:01:00.995Z +61 s attempt 1: rejected (400) in 5 ms',
      '2026-03-01T12:01:01.000Z +61 s dead-lettered, rejected: HTTP_400 bad (replay run-1)',
    ]);
    expect(standingOf(history, NOON_MS + 70_000)).toMatchObject({ state: 'deadLettered' });
  });

  it('says for how long an event is pending, a replayed one too', async () => {
    const { source } = await stores([received('e')]);
    const nowMs = NOON_MS + 5000;
    expect(standingOf(await source.read('e'), nowMs)).toEqual({
      state: 'pending',
      detail: expect.stringContaining('It is pending for 5 s'),
    });
    const again = await stores([
      received('e'),
      delivered('e'),
      received('e', { atMs: nowMs, replay }),
    ]);
    expect(standingOf(await again.source.read('e'), nowMs + 1000)).toEqual({
      state: 'pending',
      detail: expect.stringContaining('Its replay is pending for 1 s'),
    });
  });

  it('finds what waits in the spill bucket, and ids that JSON escapes', async () => {
    const { spill, source } = await stores([]);
    const id = 'a "quoted\\" id';
    await spill.put('spill/dt=2026-03-01/hh=12/x.json', encodeFact(received(id)));
    expect((await source.read(id)).facts).toMatchObject([
      { where: 'spill spill/dt=2026-03-01/hh=12/x.json, line 1' },
    ]);
  });

  it('looks only at new objects when it is asked again', async () => {
    const { archive, source } = await stores([received('e')], [received('other')]);
    expect((await source.read('e')).facts).toHaveLength(1);
    await archive.archive(`${PARTITION}2.gz`, [delivered('e')]);
    expect((await source.read('e')).facts).toHaveLength(2);
    expect(archive.opened).toEqual([0, 1, 2].map((index) => `${PARTITION}${index}.gz`));
  });
});
