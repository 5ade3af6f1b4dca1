import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { messageOf } from '../errors.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Clock } from '../ports.ts';

/** Some lines of an object, in order. */
export interface LineBatch {
  lines: string[];
  /** The first one's number, counted from 1. */
  firstLine: number;
}

/** What comes of reading an object: lines, and at last perhaps why the rest cannot be read. */
export type LineReading = LineBatch | { damage: string; line: number };

export interface LineOptions {
  gzip: boolean;
  /** Bytes as stored. */
  size: number;
  /** Only blocks of lines that contain this are handed out. */
  containing?: string | undefined;
  clock: Clock;
}

/** Uncompressed bytes that are handed on together. */
const BLOCK_BYTES = 128 * 1024;

/** Uncompressed bytes of an object that wait to be taken. zlib's streams take every option of streams; its types do not say so. */
const AHEAD = { highWaterMark: 512 * 1024 };

/** A longer line is damage: no fact is larger than a record of the journal, 10 MiB at most. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Failed reads in a row, of one object, before the store counts as unreachable. */
const MAX_FAILURES = 4;

const NEWLINE = 10;

/**
 * One object, read as a stream: however large it is, little of it is in memory. It is opened at once, and read up to
 * {@link AHEAD} ahead.
 */
export class ObjectLines {
  readonly #objects: Pick<ObjectStore, 'stream'>;
  readonly #key: string;
  readonly #options: LineOptions;
  readonly #needle: Buffer | undefined;
  #opened: Promise<Readable | undefined> | undefined;
  #reading: Readable | undefined;
  #line = 1;
  #carry: Buffer = Buffer.alloc(0);

  constructor(objects: Pick<ObjectStore, 'stream'>, key: string, options: LineOptions) {
    this.#objects = objects;
    this.#key = key;
    this.#options = options;
    this.#needle = options.containing ? Buffer.from(options.containing) : undefined;
    this.#opened = this.#open();
    // Whoever reads it is told.
    this.#opened.catch(() => undefined);
  }

  /**
   * Its lines. What is damaged ends the reading with a `damage`; a connection that breaks is opened anew, and what has been
   * read is skipped. Rejects when the store fails again and again without any progress.
   */
  async *read(): AsyncGenerator<LineReading> {
    let failures = 0;
    let skip = 0;
    for (;;) {
      const before = this.#line;
      try {
        return yield* this.#readOnce(skip);
      } catch (error) {
        if (isDamage(error)) return yield* this.#damaged(error, skip);
        failures = this.#line > before ? 1 : failures + 1;
        if (failures === MAX_FAILURES)
          throw new Error(`${this.#key} cannot be read: ${messageOf(error)}`, { cause: error });
        await this.#options.clock.sleep(100 * 2 ** failures);
        skip = this.#line - 1;
      }
    }
  }

  /** What was decompressed before the damage, and then that it is damaged. */
  *#damaged(error: Error, skip: number): Generator<LineReading> {
    // A stream that fails keeps what nobody has read yet, but no longer hands it out by itself.
    for (let block = this.#reading?.read(); block; block = this.#reading?.read())
      yield* after(skip, this.#take(block));
    yield damageOf(error, this.#line);
  }

  /** Gives back what is held open. */
  async close(): Promise<void> {
    const stream = await this.#opened?.catch(() => undefined);
    stream?.destroy();
  }

  async *#readOnce(skip: number): AsyncGenerator<LineReading> {
    const stream = await (this.#opened ?? this.#open());
    this.#opened = undefined;
    if (!stream) return yield { damage: 'the object is gone', line: 0 };
    this.#reading = stream;
    this.#carry = Buffer.alloc(0);
    this.#line = 1;
    if (this.#options.size === 0) return yield { damage: 'the object is empty', line: 0 };
    for await (const block of stream as AsyncIterable<Buffer>)
      yield* after(skip, this.#take(block));
    yield* after(skip, this.#take(Buffer.from('\n')));
  }

  /** The lines that a block completes. */
  *#take(block: Buffer): Generator<LineReading> {
    const end = block.lastIndexOf(NEWLINE);
    if (end === -1) {
      if (this.#carry.byteLength <= MAX_LINE_BYTES)
        this.#carry = Buffer.concat([this.#carry, block]);
      return;
    }
    const rest = Buffer.from(block.subarray(end + 1));
    if (this.#carry.byteLength > MAX_LINE_BYTES) {
      yield { damage: `a line of more than ${MAX_LINE_BYTES >> 20} MiB`, line: this.#line };
      this.#line += 1;
      const start = block.indexOf(NEWLINE) + 1;
      if (start <= end) yield* this.#linesOf(block.subarray(start, end));
    } else {
      const head = block.subarray(0, end);
      yield* this.#linesOf(this.#carry.byteLength > 0 ? Buffer.concat([this.#carry, head]) : head);
    }
    this.#carry = rest;
  }

  *#linesOf(block: Buffer): Generator<LineReading> {
    const firstLine = this.#line;
    if (this.#needle && !block.includes(this.#needle)) {
      this.#line += countLines(block);
      return;
    }
    const lines = block.toString('utf8').split('\n');
    this.#line += lines.length;
    yield { lines, firstLine };
  }

  async #open(): Promise<Readable | undefined> {
    const body = await this.#objects.stream(this.#key);
    if (!body || !this.#options.gzip) return body;
    const gunzip = createGunzip({ chunkSize: BLOCK_BYTES, ...AHEAD });
    body.on('error', (error) => gunzip.destroy(error));
    // It may fail while it is read ahead; whoever reads it then is told.
    gunzip.on('error', () => undefined);
    gunzip.on('close', () => body.destroy());
    return body.pipe(gunzip);
  }
}

/** Leaves out what was read before the connection broke. */
function* after(skip: number, readings: Iterable<LineReading>): Generator<LineReading> {
  for (const reading of readings) {
    if ('damage' in reading) {
      if (reading.line > skip) yield reading;
      continue;
    }
    const { lines, firstLine } = reading;
    const known = skip - firstLine + 1;
    if (known <= 0) yield reading;
    else if (known < lines.length) yield { lines: lines.slice(known), firstLine: skip + 1 };
  }
}

function countLines(block: Buffer): number {
  let count = 1;
  for (let at = block.indexOf(NEWLINE); at !== -1; at = block.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}

/** zlib's errors are about the data; all others are about reaching it. */
function isDamage(error: unknown): error is Error {
  return error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}

function damageOf({ message }: Error, line: number): LineReading {
  if (line > 1) return { damage: `damaged gzip: ${message}, and what follows is lost`, line };
  const damage = message === 'incorrect header check' ? 'not gzip' : `damaged gzip: ${message}`;
  return { damage, line: 0 };
}
