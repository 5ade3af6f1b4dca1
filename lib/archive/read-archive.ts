import { systemClock } from '../clock.ts';
import { msOf } from '../event/at.ts';
import { decodeFact } from '../event/decode.ts';
import { decodeHead, type FactHead } from '../event/fact-head.ts';
import type { ObjectStore, ObjectSummary } from '../object-store.ts';
import type { Clock } from '../ports.ts';
import { PARKED_PREFIX, SPILL_PREFIX } from '../recover/spill-key.ts';
import { type Entry, identityOf, newReadCounts, type ReadCounts } from './entry.ts';
import { HashTable } from './hash-table.ts';
import { type LineReading, ObjectLines } from './object-lines.ts';
import { ALL_TIME, isWithin, partitionsOf, type TimeRange } from './partitions.ts';

/** Where Firehose puts facts. */
export const FACTS_PREFIX = 'facts/';

export interface ReadOptions {
  /** Facts that happened outside of it are left out. Default: all. */
  range?: TimeRange;
  /** Leave facts out that have been read before; it takes some 20 bytes a fact. Default: yes. */
  unique?: boolean;
  /** Objects that are open at once. Default 8. */
  parallel?: number;
  /** Only lines that contain this text are looked at. */
  containing?: string;
  /** Leaves objects out. */
  wants?: (key: string) => boolean;
  /** Is counted up while reading. */
  counts?: ReadCounts;
  /** Waits between attempts to reach the store. */
  clock?: Clock;
}

/**
 * Reads the archive's facts in the order of keys, thus about in the order of time, a part of an object at a time. Several
 * objects are fetched at once, and of each only a little, so that memory depends neither on their number nor on their size. A
 * damaged object or line is an entry like others, and the rest is read. Rejects only when the store cannot be reached.
 */
export function readArchive(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry[]> {
  return readLines(objects, { prefix: FACTS_PREFIX, gzip: true, decode: decodeFact }, options);
}

/** As {@link readArchive}, but only the heads of facts, which is much faster. */
export function readHeads(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry<FactHead>[]> {
  return readLines(objects, { prefix: FACTS_PREFIX, gzip: true, decode: decodeHead }, options);
}

/** Reads spilled facts, as {@link readArchive} does those of the archive; there is one in an object, or one a line. */
export function readSpill(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry[]> {
  return readLines(objects, { prefix: SPILL_PREFIX, gzip: false, decode: decodeFact }, options);
}

/**
 * Reads the `received` facts of parked events from the spill bucket, one in an object. They lie there by their due time, so
 * that a range, which is about the time of receipt, leaves no object unread.
 */
export function readParked(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry[]> {
  const kind = { prefix: PARKED_PREFIX, partitioned: false, gzip: false, decode: decodeFact };
  return readLines(objects, kind, options);
}

interface Kind<Read> {
  prefix: string;
  /** False where keys do not tell the time of arrival. Default: true. */
  partitioned?: boolean;
  gzip: boolean;
  decode: (text: string) => { valid: true; fact: Read } | { valid: false; detail: string };
}

async function* readLines<Read extends FactHead>(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  { prefix, partitioned = true, gzip, decode }: Kind<Read>,
  options: ReadOptions,
): AsyncGenerator<Entry<Read>[]> {
  const { range = ALL_TIME, parallel = 8, containing, clock = systemClock } = options;
  const { wants = () => true } = options;
  const sort = sorter(options, decode);
  const open: { key: string; lines: ObjectLines }[] = [];
  try {
    const prefixes = partitioned ? partitionsOf(prefix, range) : [prefix];
    for await (const { key, size } of listPartitions(objects, prefixes)) {
      if (!wants(key)) continue;
      sort.began(size);
      open.push({ key, lines: new ObjectLines(objects, key, { gzip, size, containing, clock }) });
      if (open.length >= parallel) yield* readFirst(open, sort.entriesOf);
    }
    while (open.length > 0) yield* readFirst(open, sort.entriesOf);
  } finally {
    await Promise.all(open.map(({ lines }) => lines.close()));
  }
}

async function* listPartitions(
  objects: Pick<ObjectStore, 'list'>,
  prefixes: string[],
): AsyncGenerator<ObjectSummary> {
  for (const prefix of prefixes) yield* objects.list(prefix);
}

async function* readFirst<Read extends FactHead>(
  open: { key: string; lines: ObjectLines }[],
  entriesOf: (key: string, reading: LineReading) => Entry<Read>[],
): AsyncGenerator<Entry<Read>[]> {
  const [first] = open;
  if (!first) return;
  for await (const reading of first.lines.read()) {
    const entries = entriesOf(first.key, reading);
    if (entries.length > 0) yield entries;
  }
  open.shift();
}

/** Makes entries of lines, and keeps the counts. */
function sorter<Read extends FactHead>(options: ReadOptions, decode: Kind<Read>['decode']) {
  const { range = ALL_TIME, unique = true, containing = '', counts = newReadCounts() } = options;
  const known = unique ? new HashTable() : undefined;

  function entryOf(key: string, line: number, text: string): Entry<Read> | undefined {
    if (text === '' || !text.includes(containing)) return undefined;
    const decoding = decode(text);
    if (!decoding.valid) {
      counts.damaged += 1;
      return { kind: 'damaged', key, line, detail: decoding.detail };
    }
    const { fact } = decoding;
    const atMs = msOf(fact.at);
    if (!isWithin(atMs, range)) return undefined;
    if (known && !known.addNew(identityOf(fact))) {
      counts.repeated += 1;
      return undefined;
    }
    counts.facts += 1;
    return { kind: 'fact', key, line, fact, atMs, text };
  }

  return {
    began(size: number): void {
      counts.objects += 1;
      counts.bytes += size;
    },
    entriesOf(key: string, reading: LineReading): Entry<Read>[] {
      if ('damage' in reading) {
        counts.damaged += 1;
        return [{ kind: 'damaged', key, line: reading.line, detail: reading.damage }];
      }
      const { lines, firstLine } = reading;
      const entries: Entry<Read>[] = [];
      for (const [index, text] of lines.entries()) {
        const entry = entryOf(key, firstLine + index, text);
        if (entry) entries.push(entry);
      }
      return entries;
    },
  };
}
