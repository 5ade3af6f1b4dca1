import type { Clock, StreamPage, StreamReader } from '../../lib/ports.ts';
import type { Bell } from './bell.ts';
import type { FixedPosition } from './checkpoint.ts';
import type { OnMappingEvent } from './mapping-event.ts';
import { retryBackoffMs } from './retry-backoff.ts';

export interface ReadingContext {
  shardId: string;
  reader: StreamReader;
  /** Records per read. */
  limit: number;
  pollIntervalMs: number;
  clock: Clock;
  random: () => number;
  stop: AbortSignal;
  onEvent: OnMappingEvent;
  /** Where to go on after the last page that was taken. */
  position: () => FixedPosition;
  /** There is room for another page. */
  hasRoom: () => boolean;
  /** Rings when there may be room again, and when stopping. */
  room: Bell;
  /** Takes a page; the next one follows when it returns. */
  onPage: (page: StreamPage) => void;
}

/**
 * Reads a shard to its end, ahead of the delivery but no further than there is room. Resolves at the
 * end of a closed shard with true, or with false when stopped. A failed read is tried again with
 * backoff; every failure reopens the iterator after the last record taken, so an expired one costs nothing.
 */
export async function readShard(context: ReadingContext): Promise<boolean> {
  const { clock, stop } = context;
  let iterator: string | undefined;
  let failures = 0;
  while (!stop.aborted) {
    if (!context.hasRoom()) {
      await context.room.heard();
      continue;
    }
    try {
      iterator ??= await context.reader.open(context.shardId, context.position());
      const page = await context.reader.read(iterator, context.limit);
      if (stop.aborted) break;
      context.onPage(page);
      if (page.nextIterator === undefined) return true;
      iterator = page.nextIterator;
      failures = 0;
      if (isCaughtUp(page, context.limit)) await clock.sleep(context.pollIntervalMs, stop);
    } catch (error) {
      iterator = undefined;
      await recover(error, failures, context);
      failures += 1;
    }
  }
  return false;
}

/** A full page, or one behind the tip, is followed at once; so a quiet shard costs one read per interval. */
function isCaughtUp(page: StreamPage, limit: number): boolean {
  if (page.records.length === 0) return true;
  return page.records.length < limit && page.millisBehindLatest === 0;
}

async function recover(error: unknown, failures: number, context: ReadingContext): Promise<void> {
  const { clock, random, stop, onEvent, shardId } = context;
  const expired = error instanceof Error && error.name === 'ExpiredIteratorException';
  if (expired) onEvent({ type: 'iteratorExpired', shardId });
  else onEvent({ type: 'readFailed', shardId, error });
  if (expired && failures === 0) return;
  await clock.sleep(retryBackoffMs(failures + 1, random), stop);
}
