import { describe, expect, it } from 'vitest';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { StreamReader } from '../../../lib/ports.ts';
import { parkedKey } from '../../../lib/recover/spill-key.ts';
import { createLocalGauges, type GaugeSources } from '../../../local/metrics/local-gauges.ts';
import { MetricsRegistry } from '../../../local/metrics/metrics-registry.ts';
import { parseExposition, sampleOf } from '../../support/exposition.ts';
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
  /** The values of gauges, by their names in Prometheus. */
  const gauges = async (...names: string[]) => {
    const families = parseExposition((await registry.exposition()).text);
    return names.map((name) => sampleOf(families, `orchestrator_${name}`));
  };
  return { refresh, spill, clock, log, gauges, reads: () => reads };
}

describe('the gauges of a local run', () => {
  it('tell what waits in the journal, and for the archive', async () => {
    const { refresh, gauges } = await lab();
    await refresh();
    const names = ['backlog', 'backlog_age_seconds', 'archive_age_seconds', 'lanes'];
    expect(await gauges(...names)).toEqual([3, 7, 3, 2]);
  });

  it('tell what is parked, what of it is due, and when the next is', async () => {
    const { refresh, gauges, spill, clock } = await lab();
    for (const [id, dueMs] of [
      ['due', NOW_MS - 1],
      ['later', NOW_MS + 60_000],
    ] as const)
      await spill.put(parkedKey(received(id), dueMs), '{}');
    await refresh();
    expect(await gauges('parked', 'parked_due', 'next_due_seconds')).toEqual([2, 1, 0]);
    for (const key of [...spill.stored.keys()].slice(0, 1)) await spill.delete(key);
    await clock.advance(5000);
    await refresh();
    expect(await gauges('parked', 'parked_due', 'next_due_seconds')).toEqual([1, 0, 55]);
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
    const { refresh, gauges, log } = await lab({
      positions: { read: () => Promise.reject(new Error('no table')) },
    });
    await refresh();
    expect(await gauges('backlog', 'parked')).toEqual([undefined, 0]);
    expect(log.lines).toMatchObject([{ level: 'warn', error: 'no table' }]);
  });
});
