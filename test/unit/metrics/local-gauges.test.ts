import { describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { StreamReader } from '../../../lib/ports.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { createLocalGauges, type GaugeSources } from '../../../local/metrics/local-gauges.ts';
import { MetricsRegistry } from '../../../local/metrics/metrics-registry.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { received } from '../../support/lane-lab.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createTestLog } from '../../support/test-log.ts';

const NOW_MS = Date.UTC(2026, 0, 1);

/** A journal of one shard, with received facts of which none has an end. */
function journalOf(ids: string[]): StreamReader {
  return {
    listShards: async () => [{ shardId: 's', parentShardIds: [], closed: false }],
    open: async () => 'iterator',
    read: async () => ({
      records: ids.map((id, index) => ({
        ...{ shardId: 's', sequenceNumber: String(100 + index), partitionKey: id },
        ...{ data: encodeFact(received(id)), approximateArrivalMs: NOW_MS - 7000 + index },
      })),
      nextIterator: 'iterator',
      millisBehindLatest: 0,
    }),
  };
}

async function lab(options: Partial<GaugeSources> = {}) {
  const clock = new ManualClock(NOW_MS);
  const log = createTestLog();
  const spill = new InMemoryObjects();
  const registry = new MetricsRegistry();
  let reads = 0;
  const sources: GaugeSources = {
    ...{ reader: journalOf(['a', 'b', 'c']), spill, clock, log, lanes: () => 2 },
    oldestUnarchivedMs: () => NOW_MS - 3000,
    positions: {
      read: async () => {
        reads += 1;
        return [];
      },
    },
    ...options,
  };
  const refresh = createLocalGauges(registry, sources);
  const gauge = (name: 'Backlog' | 'BacklogAge' | 'Parked' | 'ParkedDue' | 'NextDue') =>
    registry.snapshot()[name].value;
  return { refresh, registry, spill, clock, log, gauge, reads: () => reads };
}

describe('the gauges of a local run', () => {
  it('tell what waits in the journal, and for the archive', async () => {
    const { refresh, registry } = await lab();
    await refresh();
    const { Backlog, BacklogAge, ArchiveAge, Lanes } = registry.snapshot();
    expect([Backlog.value, BacklogAge.value, ArchiveAge.value, Lanes.value]).toEqual([3, 7, 3, 2]);
  });

  it('tell what is parked, what of it is due, and when the next is', async () => {
    const { refresh, gauge, spill, clock } = await lab();
    for (const [id, dueMs] of [
      ['due', NOW_MS - 1],
      ['later', NOW_MS + 60_000],
    ] as const)
      await spill.put(parkedKey(received(id), dueMs), '{}');
    await refresh();
    expect([gauge('Parked'), gauge('ParkedDue'), gauge('NextDue')]).toEqual([2, 1, 0]);
    for (const key of [...spill.stored.keys()].slice(0, 1)) await spill.delete(key);
    await clock.advance(5000);
    await refresh();
    expect([gauge('Parked'), gauge('ParkedDue'), gauge('NextDue')]).toEqual([1, 0, 55]);
  });

  it('are read at most every five seconds, and once for several who ask', async () => {
    const { refresh, reads, clock } = await lab();
    await Promise.all([refresh(), refresh()]);
    await clock.advance(4999);
    await refresh();
    expect(reads()).toBe(1);
    await clock.advance(1);
    await refresh();
    expect(reads()).toBe(2);
  });

  it('are unknown where they cannot be read, and the others are there', async () => {
    const { refresh, gauge, log } = await lab({
      positions: { read: () => Promise.reject(new Error('no table')) },
    });
    await refresh();
    expect([gauge('Backlog'), gauge('Parked')]).toEqual([undefined, 0]);
    expect(log.lines).toMatchObject([{ level: 'warn', error: 'no table' }]);
  });
});
