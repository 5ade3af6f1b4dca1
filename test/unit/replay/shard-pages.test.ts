import { describe, expect, it } from 'vitest';
import type { StreamPage } from '../../../lib/ports.ts';
import { readJournal } from '../../../lib/replay/journal-tail.ts';
import { readPages } from '../../../lib/replay/shard-pages.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { NOON_MS, received } from '../../support/timed-facts.ts';
import { InMemoryStream, shardName } from '../event-source-mapping/in-memory-stream.ts';

const refusal = () =>
  Object.assign(new Error('Rate exceeded'), { name: 'ProvisionedThroughputExceededException' });

/** A shard that takes five reads and gives two MiB a second, of which other readers take some; every third page is empty. */
function limited(records: number, recordBytes: number, othersReads: number) {
  const clock = new ManualClock(NOON_MS);
  const stream = new InMemoryStream(clock);
  for (let index = 0; index < records; index++)
    stream.append(received(`e${index}`, { name: 'x'.repeat(recordBytes - 250) }), {
      ageMs: 60_000,
    });
  const stats = { reads: 0, refused: 0 };
  let calls = 5;
  let bytes = 2 * 1024 * 1024;
  let atMs = clock.now();
  const read = async (iterator: string, limit: number): Promise<StreamPage> => {
    const seconds = (clock.now() - atMs) / 1000;
    atMs = clock.now();
    calls = Math.min(5, calls + seconds * (5 - othersReads));
    bytes = Math.min(2 * 1024 * 1024, bytes + seconds * 2 * 1024 * 1024);
    if (calls < 1 || bytes < 0) {
      stats.refused += 1;
      throw refusal();
    }
    calls -= 1;
    stats.reads += 1;
    if (stats.reads % 3 === 0)
      return { records: [], nextIterator: iterator, millisBehindLatest: 60_000 };
    const page = await stream.read(iterator, limit);
    bytes -= page.records.reduce((sum, { data }) => sum + data.byteLength, 0);
    return page;
  };
  const reader = {
    listShards: () => stream.listShards(),
    open: (...args: Parameters<InMemoryStream['open']>) => stream.open(...args),
    read,
  };
  return { clock, reader, stats };
}

describe('reading a shard within the limits of AWS', () => {
  // Two reads a second fit beside three of others. Beside more, nearly every call would be refused without longer pauses.
  it.each([
    [20_000, 716, 2, 0],
    [20_000, 300, 3, 0],
    [3000, 4000, 2, 0],
    [5000, 716, 4.5, 1],
  ])(
    '%d records of %d bytes beside %d reads a second of others',
    async (records, size, others, refusedPerRead) => {
      const { clock, reader, stats } = limited(records, size, others);
      const ids = new Set<string>();
      let complete: boolean | undefined;
      const reading = readJournal({
        ...{ reader, clock, random: () => 0.5 },
        startOf: () => ({ type: 'AT_TIMESTAMP', timestampMs: NOON_MS - 120_000 }),
        onFact: ({ eventId }) => ids.add(eventId),
      }).then((is) => {
        complete = is;
      });
      while (complete === undefined) await clock.advance(1000);
      await reading;
      expect(complete).toBe(true);
      expect(ids.size).toBe(records);
      expect(stats.refused / stats.reads).toBeLessThanOrEqual(refusedPerRead);
    },
  );

  it('gives up with the error of Kinesis when every read is refused', async () => {
    const { clock, reader } = limited(1, 300, 0);
    const refusing = { ...reader, read: () => Promise.reject(refusal()) };
    let failed: Error | undefined;
    readJournal({
      ...{ reader: refusing, clock, onFact: () => undefined },
      startOf: () => ({ type: 'TRIM_HORIZON' }),
    }).catch((error: Error) => {
      failed = error;
    });
    await clock.advance(60_000);
    expect(failed).toBeUndefined();
    await clock.advance(120_000);
    expect(failed?.message).toBe('Rate exceeded');
  });

  it('goes on after the last record when its iterator has expired', async () => {
    const clock = new ManualClock(NOON_MS);
    const stream = new InMemoryStream(clock);
    stream.append(received('a'));
    const ids: number[] = [];
    const stop = new AbortController();
    const reading = (async () => {
      const from = { type: 'TRIM_HORIZON' } as const;
      const options = { reader: stream, clock, signal: stop.signal, pollMs: 400_000 };
      for await (const { records } of readPages(options, shardName(0), from))
        ids.push(records.length);
    })();
    await clock.advance(1000);
    stream.append(received('b'));
    await clock.advance(500_000);
    expect(ids).toEqual([1, 1]);
    expect(stream.opens).toHaveLength(2);
    stop.abort();
    await reading;
  });
});
