import { describe, expect, it } from 'vitest';
import { CrashSuspicion } from '../../../lib/dispatch/crash-suspicion.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';

const SHARD = 'shard-1';

function records(from: number, to: number, arrivedAtMs = 0): BatchRecord[] {
  return Array.from({ length: to - from }, (_, index) => ({
    sequenceNumber: String(from + index),
    partitionKey: 'k',
    data: new Uint8Array(),
    arrivedAtMs,
  }));
}

/** How many of a batch's records are suspect. */
function suspects(suspicion: CrashSuspicion, batch: BatchRecord[], nowMs: number, shardId = SHARD) {
  const found = suspicion.suspectsOf({ shardId, records: batch }, nowMs).size;
  suspicion.ended(shardId, nowMs);
  return found;
}

describe('CrashSuspicion', () => {
  it('falls on the first batch’s worth of records, in however many parts they come', () => {
    const suspicion = new CrashSuspicion(100);
    expect(suspects(suspicion, records(0, 50), 1000)).toBe(50);
    expect(suspects(suspicion, records(50, 75), 2000)).toBe(25);
    expect(suspects(suspicion, records(75, 175), 3000)).toBe(25);
    expect(suspects(suspicion, records(175, 275), 4000)).toBe(0);
  });

  it('judges a record once: what is delivered again uses up nothing', () => {
    const suspicion = new CrashSuspicion(100);
    suspects(suspicion, records(0, 50), 1000);
    expect(suspects(suspicion, records(0, 50), 1500)).toBe(0);
    expect(suspects(suspicion, records(50, 150), 2000)).toBe(50);
  });

  it('comes back after a rest, for what has been waiting and not for what has just come', () => {
    const suspicion = new CrashSuspicion(100);
    suspects(suspicion, records(0, 100), 1000);
    const batch = [...records(100, 103, 5000), ...records(103, 105, 9900)];
    expect(suspects(suspicion, batch, 10_000)).toBe(3);
  });

  it('is kept for each shard', () => {
    const suspicion = new CrashSuspicion(100);
    suspects(suspicion, records(0, 100), 1000);
    expect(suspects(suspicion, records(0, 10), 1100, 'shard-2')).toBe(10);
  });

  it('compares sequence numbers beyond 2^53', () => {
    const suspicion = new CrashSuspicion(10);
    const [record] = records(0, 1);
    const batch = ['99999999999999999999', '100000000000000000000'].map((sequenceNumber) => {
      return { ...(record as BatchRecord), sequenceNumber };
    });
    expect(suspects(suspicion, batch, 0)).toBe(2);
  });
});
