import { systemClock } from '../clock.ts';
import { msOf } from '../event/at.ts';
import { decodeFact } from '../event/decode.ts';
import { decodeHead, type FactHead } from '../event/fact-head.ts';
import type { ObjectStore, ObjectSummary } from '../object-store.ts';
import type { Clock } from '../ports.ts';
import { PARKED_PREFIX, SPILL_PREFIX } from '../recover/spill-key.ts';
import { type Entry, identityOf, newReadCounts, type ReadCounts } from './entry.ts';
import { mayBeGlued, piecesOf } from './glued-facts.ts';
import { HashTable } from './hash-table.ts';
import { type LineDamage, type LineReading, ObjectLines } from './object-lines.ts';
import { ALL_TIME, isWithin, partitionsOf, type TimeRange } from './partitions.ts';

const HOUR_MS = 3_600_000;

/** Where Firehose puts facts. */
export const FACTS_PREFIX = 'facts/';

export interface ReadOptions {
  /** Facts that happened outside of it are left out. Default: all. */
  range?: TimeRange;
  /** Leave facts out that have been read before; it takes some 20 bytes a fact. Default: yes. */
  unique?: boolean;
  /** The identities of what has been read before, in this and in earlier readings. Default: none. */
  known?: HashTable;
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
 * objects are fetched at once, and of each only a little, so that memory depends neither on their number nor on their size.
 *
 * Facts are found whether or not a newline stands between them. What cannot be read is an entry like others, and the rest is read: what
 * is no fact, damaged or foreign objects and members, and objects that the store refuses to hand out. Markers of other tools, such
 * as `_SUCCESS`, are ignored. Rejects only when the store cannot be reached.
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

/** Reads spilled facts, as {@link readArchive} does those of the archive; there is one in an object, or one a line. One that
 * has been recovered meanwhile is passed over. */
export function readSpill(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry[]> {
  return readLines(
    objects,
    { prefix: SPILL_PREFIX, gzip: false, mayBeGone: true, decode: decodeFact },
    options,
  );
}

/**
 * Reads the `received` facts of parked events from the spill bucket, one in an object. They lie there by their due time, so
 * that a range, which is about the time of receipt, leaves no object unread.
 */
export function readParked(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  options: ReadOptions = {},
): AsyncGenerator<Entry[]> {
  const kind = {
    prefix: PARKED_PREFIX,
    partitioned: false,
    gzip: false,
    mayBeGone: true,
    decode: decodeFact,
  };
  return readLines(objects, kind, options);
}

interface Kind<Read> {
  prefix: string;
  /** False where keys do not tell the time of arrival. Default: true. */
  partitioned?: boolean;
  gzip: boolean;
  /** True where others move objects away while they are read. */
  mayBeGone?: boolean;
  decode: (text: string) => { valid: true; fact: Read } | { valid: false; detail: string };
}

async function* readLines<Read extends FactHead>(
  objects: Pick<ObjectStore, 'list' | 'stream'>,
  { prefix, partitioned = true, gzip, mayBeGone, decode }: Kind<Read>,
  options: ReadOptions,
): AsyncGenerator<Entry<Read>[]> {
  const { range = ALL_TIME, parallel = 8, containing, clock = systemClock } = options;
  const { wants = () => true } = options;
  const sort = sorter(options, decode);
  const open: { key: string; lines: ObjectLines }[] = [];
  try {
    const prefixes = partitioned ? partitionsOf(prefix, range) : [prefix];
    for await (const { key, size } of listPartitions(objects, prefixes)) {
      if (isMarker(key, size) || !wants(key)) continue;
      sort.began(size);
      const lines = { gzip, mayBeGone, size, containing, clock };
      open.push({ key, lines: new ObjectLines(objects, key, lines) });
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

/** Objects that other tools leave behind and that hold nothing: those of folders, and `_SUCCESS`. Pure. */
export function isMarker(key: string, size: number): boolean {
  const name = key.slice(key.lastIndexOf('/') + 1);
  if (name === '_SUCCESS') return true;
  return size === 0 && (name === '' || name.startsWith('_') || name.endsWith('_$folder$'));
}

interface Line {
  key: string;
  line: number;
  text: string;
  /** Offset of the line in the uncompressed content. */
  byteOf: () => number;
}

/** Makes entries of lines, and keeps the counts. */
function sorter<Read extends FactHead>(options: ReadOptions, decode: Kind<Read>['decode']) {
  const { range = ALL_TIME, unique = true, containing = '', counts = newReadCounts() } = options;
  const latestMs = (options.clock ?? systemClock).now() + HOUR_MS;
  const known = unique ? (options.known ?? new HashTable()) : undefined;
  /** Facts of the object that shared a line with one before them. */
  let glued = { key: '', facts: 0 };

  function damaged(key: string, damaged: LineDamage): Entry<Read> {
    const { damage, line, byte, stored, isContentWrong } = damaged;
    counts.damaged += 1;
    if (isContentWrong) counts.wrong += 1;
    const place = { offset: byte, of: stored ? ('object' as const) : ('content' as const) };
    const wrong = isContentWrong && { isContentWrong };
    return { kind: 'damaged', key, line, detail: damage, byte: place, ...wrong };
  }

  function factEntry(key: string, line: number, text: string, fact: Read): Entry<Read> | undefined {
    const atMs = msOf(fact.at);
    if (!isWithin(atMs, range)) return atMs > latestMs ? fromTheFuture(key, line, fact) : undefined;
    if (known && !known.addNew(identityOf(fact))) {
      counts.repeated += 1;
      return undefined;
    }
    counts.facts += 1;
    return { kind: 'fact', key, line, fact, atMs, text };
  }

  /** No range would ever hold it, so it would be left out of all reports. */
  function fromTheFuture(key: string, line: number, { at }: FactHead): Entry<Read> {
    counts.damaged += 1;
    return { kind: 'damaged', key, line, detail: `its time is in the future: ${at}` };
  }

  /** Adds the fact that a line is; false if it is not just one fact. */
  function addFact(entries: Entry<Read>[], key: string, line: number, text: string): boolean {
    const decoding = mayBeGlued(text) ? undefined : decode(text);
    if (!decoding?.valid) return false;
    const entry = factEntry(key, line + glued.facts, text, decoding.fact);
    if (entry) entries.push(entry);
    return true;
  }

  function addPieces(entries: Entry<Read>[], { key, line, text, byteOf }: Line): void {
    for (const [index, piece] of piecesOf(text).entries()) {
      if (index > 0) {
        glued.facts += 1;
        counts.glued += 1;
      }
      if (!piece.text.includes(containing)) continue;
      const byte = () => byteOf() + Buffer.byteLength(text.slice(0, piece.at));
      const entry = entryOfPiece(key, line + glued.facts, piece.text, byte);
      if (entry) entries.push(entry);
    }
  }

  function entryOfPiece(key: string, line: number, text: string, byteOf: () => number) {
    const decoding = decode(text);
    if (decoding.valid) return factEntry(key, line, text, decoding.fact);
    return damaged(key, { damage: decoding.detail, line, byte: byteOf(), stored: false });
  }

  return {
    began(size: number): void {
      counts.objects += 1;
      counts.bytes += size;
    },
    entriesOf(key: string, reading: LineReading): Entry<Read>[] {
      if (glued.key !== key) glued = { key, facts: 0 };
      if ('damage' in reading) return [damaged(key, reading)];
      const { lines, firstLine, firstByte } = reading;
      const entries: Entry<Read>[] = [];
      for (let index = 0; index < lines.length; index++) {
        const text = lines[index] ?? '';
        if (text === '' || !text.includes(containing)) continue;
        const line = firstLine + index;
        if (addFact(entries, key, line, text)) continue;
        const byteOf = () => firstByte + bytesOf(lines.slice(0, index));
        addPieces(entries, { key, line, text, byteOf });
      }
      return entries;
    },
  };
}

const bytesOf = (lines: string[]) =>
  lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0);
