import { encodeFact } from '../../../lib/event/encode.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';

let made = 0;

/** Records of the journal that wait to be delivered, each of another event. */
export function makeBacklog(events: number): BatchRecord[] {
  return Array.from({ length: events }, () => {
    made += 1;
    const id = `bench-${process.pid}-${made}`;
    const payload = { id, name: 'bench', body: `event ${made}`, timestamp: 1_767_225_600 };
    const fact = { v: 1 as const, type: 'received' as const, eventId: id, traceId: 'a'.repeat(32) };
    return {
      sequenceNumber: String(made),
      partitionKey: id,
      data: encodeFact({ ...fact, at: new Date().toISOString(), payload }),
      arrivedAtMs: Date.now(),
    };
  });
}

/** Spreads records over lanes, as partition keys are spread over shards. */
export function spread<Item>(items: Item[], lanes: number): Item[][] {
  return Array.from({ length: lanes }, (_, lane) => items.filter((__, i) => i % lanes === lane));
}
