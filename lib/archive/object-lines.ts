import { Readable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { type ObjectStore, refusalOf } from '../object-store.ts';
import type { Clock } from '../ports.ts';
import { FACT_BORDER } from './glued-facts.ts';
import { inflateMembers, type StoredDamage } from './gzip-members.ts';

/** Some lines of an object, in order. Facts without a newline between them may share a line. */
interface LineBatch {
  lines: string[];
  /** The first one's number, counted from 1. */
  firstLine: number;
  /** Offset of its beginning in the uncompressed content. */
  firstByte: number;
}

/** A part of an object that cannot be read. */
export interface LineDamage {
  damage: string;
  /** The line where it was met, counted from 1; 0 for the whole object. */
  line: number;
  /** Offset in the uncompressed content; of `stored` damage, in the object as it is stored. */
  byte: number;
  stored: boolean;
  /** Data read from the object before may be wrong. */
  isContentWrong?: true;
}

export type LineReading = LineBatch | LineDamage;

interface LineOptions {
  gzip: boolean;
  /** Others may move it away: then it has no lines. */
  mayBeGone?: boolean | undefined;
  /** Bytes as stored. */
  size: number;
  /** Only blocks of lines that contain this are handed out. */
  containing?: string | undefined;
  clock: Clock;
}

/** Blocks of an object, of 128 KiB at most, that are uncompressed ahead. */
const BLOCKS_AHEAD = 3;

/** A line that has grown to this is cut where one fact ends and another begins. */
const CUT_BYTES = 256 * 1024;

/** A longer line is damage: no fact is larger than a record of the journal, 10 MiB at most. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/** Failed reads in a row, of one object, before the store counts as unreachable. */
const MAX_FAILURES = 4;

const NEWLINE = 10;

/**
 * One object, read as a stream: however large it is, little of it is in memory. It is opened at once, and read up to
 * {@link BLOCKS_AHEAD} ahead.
 */
export class ObjectLines {
  readonly #objects: Pick<ObjectStore, 'stream'>;
  readonly #key: string;
  readonly #options: LineOptions;
  readonly #needle: Buffer | undefined;
  #opened: Promise<Readable | undefined> | undefined;
  #line = 1;
  /** Uncompressed bytes of lines that are done with. */
  #doneBytes = 0;
  /** Stored damages that were handed out. */
  #doneDamages = 0;
  /** The beginning of a line whose end has not come. */
  #carry: Buffer = Buffer.alloc(0);
  /** The line was too long: the rest of it is dropped. */
  #isDropping = false;

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
   * Its lines. What cannot be read is a {@link LineDamage}, and the rest is read; an object that the store refuses to hand out is one,
   * too. A connection that breaks is opened anew, and what has been read is skipped. Rejects when the store fails again and
   * again without any progress.
   */
  async *read(): AsyncGenerator<LineReading> {
    for (let failures = 0; ; ) {
      const before = this.#doneBytes;
      try {
        return yield* this.#readOnce();
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal !== undefined) return yield this.#wholeObject(refusal);
        failures = this.#doneBytes > before ? 1 : failures + 1;
        if (failures === MAX_FAILURES)
          throw new Error(`${this.#key} cannot be read: ${messageOf(error)}`, { cause: error });
        await this.#options.clock.sleep(100 * 2 ** failures);
      }
    }
  }

  /** Gives back what is held open. */
  async close(): Promise<void> {
    const stream = await this.#opened?.catch(() => undefined);
    stream?.destroy();
  }

  async *#readOnce(): AsyncGenerator<LineReading> {
    const stream = await (this.#opened ?? this.#open());
    this.#opened = undefined;
    const { mayBeGone, size } = this.#options;
    if (!stream) return mayBeGone ? undefined : yield this.#wholeObject('the object is gone');
    if (size === 0) return yield this.#wholeObject('the object is empty');
    this.#carry = Buffer.alloc(0);
    let bytes = this.#doneBytes;
    let damages = this.#doneDamages;
    for await (const item of stream as AsyncIterable<Buffer | StoredDamage>) {
      if (Buffer.isBuffer(item)) {
        const known = Math.min(bytes, item.byteLength);
        bytes -= known;
        if (known < item.byteLength) yield* this.#take(item.subarray(known));
      } else if (damages > 0) damages -= 1;
      else yield* this.#takeDamage(item);
    }
    yield* this.#endLine();
  }

  /** Damage ends the current line. */
  *#takeDamage({ damage, storedByte, isContentWrong }: StoredDamage): Generator<LineReading> {
    yield* this.#endLine();
    this.#doneDamages += 1;
    const isWhole = this.#doneBytes === 0 && storedByte === 0;
    const line = isWhole ? 0 : this.#line;
    yield {
      damage,
      line,
      byte: storedByte,
      stored: true,
      ...(isContentWrong && { isContentWrong }),
    };
  }

  #wholeObject(damage: string): LineDamage {
    return { damage, line: 0, byte: 0, stored: true };
  }

  /** Hands out what has been read of a line that does not go on. */
  *#endLine(): Generator<LineReading> {
    const rest = this.#carry;
    this.#carry = Buffer.alloc(0);
    if (rest.byteLength > 0 && !this.#isDropping) yield* this.#linesOf(rest);
    this.#doneBytes += rest.byteLength;
    this.#isDropping = false;
  }

  /** The lines that a block completes. */
  *#take(block: Buffer): Generator<LineReading> {
    let bytes = this.#carry.byteLength > 0 ? Buffer.concat([this.#carry, block]) : block;
    if (this.#isDropping) bytes = this.#drop(bytes);
    const end = this.#isDropping ? 0 : endOfLines(bytes);
    if (end > 0) {
      const lines = bytes[end - 1] === NEWLINE ? end - 1 : end;
      yield* this.#linesOf(bytes.subarray(0, lines));
      this.#doneBytes += end;
    }
    // The block may be handed on and written to again.
    this.#carry = Buffer.from(bytes.subarray(end));
    if (this.#isDropping || this.#carry.byteLength <= MAX_LINE_BYTES) return;
    const damage = `a line of more than ${MAX_LINE_BYTES >> 20} MiB`;
    yield { damage, line: this.#line, byte: this.#doneBytes, stored: false };
    this.#line += 1;
    this.#isDropping = true;
    this.#carry = this.#drop(this.#carry);
  }

  /** Drops the rest of a line that is too long, up to where another begins; returns what may be the beginning of that border. */
  #drop(bytes: Buffer): Buffer {
    const newline = bytes.indexOf(NEWLINE);
    const border = bytes.indexOf(FACT_BORDER);
    const ends = [newline, border].filter((index) => index >= 0);
    this.#isDropping = ends.length === 0;
    const dropped = this.#isDropping
      ? Math.max(0, bytes.byteLength - FACT_BORDER.length + 1)
      : Math.min(...ends) + 1;
    this.#doneBytes += dropped;
    return bytes.subarray(dropped);
  }

  *#linesOf(bytes: Buffer): Generator<LineReading> {
    const firstLine = this.#line;
    if (this.#needle && !bytes.includes(this.#needle)) {
      this.#line += countLines(bytes);
      return;
    }
    const lines = bytes.toString('utf8').split('\n');
    this.#line += lines.length;
    yield { lines, firstLine, firstByte: this.#doneBytes };
  }

  async #open(): Promise<Readable | undefined> {
    const body = await this.#objects.stream(this.#key);
    if (!body || !this.#options.gzip) return body;
    const blocks = Readable.from(inflateMembers(body), { highWaterMark: BLOCKS_AHEAD });
    // It may fail while it is read ahead; whoever reads it then is told.
    blocks.on('error', () => undefined);
    blocks.on('close', () => body.destroy());
    blocks.read(0);
    return blocks;
  }
}

/** Up to where whole lines go; in a line that is very long, whole facts. */
function endOfLines(bytes: Buffer): number {
  const newline = bytes.lastIndexOf(NEWLINE);
  if (newline >= 0 || bytes.byteLength < CUT_BYTES) return newline + 1;
  return bytes.lastIndexOf(FACT_BORDER) + 1;
}

function countLines(bytes: Buffer): number {
  let count = 1;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
