import { describe, expect, it } from 'vitest';
import type { StreamPage, StreamReader } from '../../lib/ports.ts';
import { Bell } from '../../local/bell.ts';
import { createSparingReader } from '../../local/sparing-reader.ts';
import { ManualClock } from '../support/manual-clock.ts';

const EMPTY: StreamPage = { records: [], nextIterator: 'next', millisBehindLatest: 0 };

function lab(pages: (StreamPage | undefined)[] = []) {
  const clock = new ManualClock(0);
  const appends = new Bell();
  const calls: string[] = [];
  let during = async (): Promise<void> => undefined;
  const reader: StreamReader = {
    listShards: async () => {
      calls.push('list');
      return [];
    },
    open: async () => 'first',
    read: async (iterator) => {
      calls.push(iterator);
      await during();
      return pages.shift() ?? EMPTY;
    },
  };
  const append = () => appends.ring();
  /** Does it in the middle of the read under way. */
  const whileReading = (work: () => void) =>
    new Promise<void>((done) => {
      during = async () => {
        during = async () => undefined;
        work();
        done();
      };
    });
  return {
    whileReading,
    clock,
    calls,
    append,
    waiting: createSparingReader(reader, appends, { clock, waits: true }),
    sparing: createSparingReader(reader, appends, { clock, waits: false }),
  };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('createSparingReader', () => {
  it('reads at once, and waits for an append where a page was empty', async () => {
    const { waiting, calls, append } = lab();
    await waiting.read('first', 10);
    const second = waiting.read('next', 10);
    await settled();
    expect(calls).toEqual(['first']);
    append();
    await second;
    expect(calls).toEqual(['first', 'next']);
  });

  it('does not wait when something was appended since before the page was read', async () => {
    const { waiting, calls, append, whileReading } = lab();
    const appended = whileReading(append);
    await waiting.read('first', 10);
    await appended;
    await waiting.read('next', 10);
    expect(calls).toEqual(['first', 'next']);
  });

  it.each([true, false])('reads on at once after an empty page before the tip', async (waits) => {
    const { waiting, sparing, calls } = lab([{ ...EMPTY, millisBehindLatest: 1000 }]);
    const reader = waits ? waiting : sparing;
    await reader.read('first', 10);
    await reader.read('next', 10);
    expect(calls).toEqual(['first', 'next']);
  });

  it('gives up waiting when it is stopped, and reads no more', async () => {
    const { waiting, calls } = lab();
    await waiting.read('first', 10);
    const stop = new AbortController();
    const second = waiting.read('next', 10, stop.signal);
    await settled();
    stop.abort('stopped');
    await expect(second).rejects.toBe('stopped');
    expect(calls).toEqual(['first']);
  });

  it('does not wait after a page with records', async () => {
    const record = {
      shardId: 's',
      sequenceNumber: '1',
      partitionKey: 'k',
      data: new Uint8Array(),
      approximateArrivalMs: 0,
    };
    const { waiting, calls } = lab([{ ...EMPTY, records: [record] }]);
    await waiting.read('first', 10);
    await waiting.read('next', 10);
    expect(calls).toEqual(['first', 'next']);
  });

  it('answers for a reader that may not wait, with an empty page until something is appended', async () => {
    const { sparing, calls, append, clock } = lab();
    await sparing.read('first', 10);
    expect(await sparing.read('next', 10)).toEqual(EMPTY);
    expect(await sparing.read('next', 10)).toEqual(EMPTY);
    expect(calls).toEqual(['first']);
    append();
    await sparing.read('next', 10);
    expect(calls).toEqual(['first', 'next']);
    await clock.advance(5000);
    await sparing.read('next', 10);
    expect(calls).toEqual(['first', 'next', 'next']);
  });

  it('reads again after a while, should an append not have been told', async () => {
    const { waiting, calls, clock } = lab();
    await waiting.read('first', 10);
    const second = waiting.read('next', 10);
    await settled();
    await clock.advance(5000);
    await second;
    expect(calls).toEqual(['first', 'next']);
  });

  it('lists shards now and then, and when one has ended', async () => {
    const { waiting, calls, clock } = lab([{ ...EMPTY, nextIterator: undefined }]);
    await waiting.listShards();
    await waiting.listShards();
    expect(calls).toEqual(['list']);
    await clock.advance(5000);
    await waiting.listShards();
    expect(calls).toEqual(['list', 'list']);
    await waiting.read('first', 10);
    await waiting.listShards();
    expect(calls).toEqual(['list', 'list', 'first', 'list']);
  });
});
