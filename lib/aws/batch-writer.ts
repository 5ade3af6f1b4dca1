import { type Backoff, fullJitterDelayMs } from '../backoff.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, RowOutcome } from '../ports.ts';

/** An operation that writes several items in one request. */
interface BatchOperation<Item> {
  /** For logs. */
  name: string;
  /** The most items of one request. */
  maxItems: number;
  /** The most requests at once. */
  parallel: number;
  /** Two items of the same identity never go into one request. */
  identityOf(item: Item): string;
  /** Names an item in a log line. */
  describe(item: Item): object;
  /** One attempt. Resolves with each item's outcome, in order: `unsettled` is sent again. Rejects when the whole request failed. */
  send(items: Item[]): Promise<RowOutcome[]>;
}

interface Entry<Item> {
  item: Item;
  outcome: RowOutcome;
}

/** A request that will be refused again, for something that is in it. */
const REFUSED_FOR_GOOD = new Set(['ValidationException', 'SerializationException']);

/** Errors that another attempt cannot mend: a missing table, a missing permission. */
const OUT_OF_REACH = new Set(['ResourceNotFoundException', 'AccessDeniedException']);

const UNPROCESSED = new Error('the service left them unprocessed');

/**
 * Returns a function that writes any number of items, trying again with growing delays but not after `untilMs`; it returns each
 * item's outcome, in order, and never rejects. An item that the service refuses with its whole request is isolated, and dropped.
 */
export function createBatchWriter<Item>(
  operation: BatchOperation<Item>,
  {
    clock,
    log,
    backoff = { baseMs: 100, maxMs: 5000 },
  }: { clock: Clock; log: Log; backoff?: Backoff | undefined },
): (items: readonly Item[], untilMs: number) => Promise<RowOutcome[]> {
  const { name, describe } = operation;

  /** False when nothing more is to be tried. */
  async function writeChunk(chunk: Entry<Item>[], untilMs: number): Promise<boolean> {
    let rest = chunk;
    for (let failures = 1; clock.now() < untilMs; failures++) {
      const error = await tryOnce(rest);
      if (REFUSED_FOR_GOOD.has(error.name)) return writeSeparately(rest, error, untilMs);
      rest = rest.filter(({ outcome }) => outcome === 'unsettled');
      if (rest.length === 0) return true;
      log.warn(`${name} failed`, { records: rest.length, error: messageOf(error) });
      const delayMs = fullJitterDelayMs(failures, backoff);
      if (OUT_OF_REACH.has(error.name) || clock.now() + delayMs >= untilMs) return false;
      await clock.sleep(delayMs);
    }
    return false;
  }

  /** Sets outcomes, and resolves with the reason why some are unsettled, if there are any. */
  async function tryOnce(chunk: Entry<Item>[]): Promise<Error> {
    try {
      const outcomes = await operation.send(chunk.map(({ item }) => item));
      for (const [index, entry] of chunk.entries()) entry.outcome = outcomes[index] ?? 'unsettled';
      return UNPROCESSED;
    } catch (error) {
      return error as Error;
    }
  }

  /** One item that the service will never take must not keep the others from it. */
  async function writeSeparately(
    chunk: Entry<Item>[],
    error: Error,
    untilMs: number,
  ): Promise<boolean> {
    const [first] = chunk;
    if (first && chunk.length === 1) {
      first.outcome = 'dropped';
      log.error(`${name} refuses an item`, { ...describe(first.item), error: messageOf(error) });
      return true;
    }
    const half = chunk.length >> 1;
    return (
      (await writeChunk(chunk.slice(0, half), untilMs)) && writeChunk(chunk.slice(half), untilMs)
    );
  }

  return async (items, untilMs) => {
    const entries = items.map((item): Entry<Item> => ({ item, outcome: 'unsettled' }));
    const waiting = chunksOf(entries, operation);
    const writeNext = async () => {
      for (let chunk = waiting.shift(); chunk; chunk = waiting.shift())
        if (!(await writeChunk(chunk, untilMs))) waiting.length = 0;
    };
    await Promise.all(Array.from({ length: operation.parallel }, writeNext));
    return entries.map(({ outcome }) => outcome);
  };
}

/** At most `maxItems` in each, and none twice in one: what comes twice goes into the next request. */
function chunksOf<Item>(
  entries: Entry<Item>[],
  { maxItems, identityOf }: BatchOperation<Item>,
): Entry<Item>[][] {
  const chunks: { entries: Entry<Item>[]; identities: Set<string> }[] = [];
  for (const entry of entries) {
    const identity = identityOf(entry.item);
    const chunk = chunks.at(-1);
    if (!chunk || chunk.entries.length === maxItems || chunk.identities.has(identity))
      chunks.push({ entries: [entry], identities: new Set([identity]) });
    else {
      chunk.entries.push(entry);
      chunk.identities.add(identity);
    }
  }
  return chunks.map((chunk) => chunk.entries);
}
