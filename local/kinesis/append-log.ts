import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';

/** Where an entry lies in the file. */
export interface Place {
  offset: number;
  /** Of the entry alone, without its header. */
  length: number;
}

/** The log holds what was not written by it, or lacks what was; the message names the file and the place. */
export class DamagedLogError extends Error {
  override name = 'DamagedLogError';
}

/** The disk did not take an entry; nothing of it is kept. */
export class LogWriteError extends Error {
  override name = 'LogWriteError';
}

/** Length and CRC-32 of an entry, before it. */
const HEADER_BYTES = 8;

/** An entry is one record of at most 1 MiB and its key; what claims to be longer is damage. */
const MAX_ENTRY_BYTES = 4 * 1024 * 1024;

/** So much is read at once, and kept of what was written last: readers at the tip never touch the disk. */
const WINDOW_BYTES = 1024 * 1024;
const RECENT_BYTES = 16 * 1024 * 1024;

/** The name tells the format. Beside it is the size that it has at least, so that a cut is noticed after a restart. */
const FILE = 'journal-v1.log';
const SIZE_FILE = 'journal-v1.size';
const NOTE_SIZE_MS = 1000;

const REMEDY = 'restore it from a copy, or start with another data folder';

interface Waiting {
  entry: Buffer;
  resolve: (place: Place) => void;
  reject: (error: Error) => void;
}

/**
 * An append-only file of entries. Entries that arrive in one turn of the event loop are written together (group commit).
 *
 * An appended entry is with the operating system, so that it survives the end of this process, however it ends. A power cut may take the last
 * seconds. What a kill cut off in the middle of a write was never acknowledged, and is cut off at the next start.
 *
 * States: *open*; *damaged* from the moment when the file is not as this process left it: nothing is appended any more.
 */
export class AppendLog {
  readonly path: string;
  readonly #fd: number;
  /** End of what is written. */
  #size = 0;
  #waiting: Waiting[] = [];
  /** The waiting entries are written at the end of this turn of the event loop. */
  #isDue = false;
  #damage: DamagedLogError | undefined;
  readonly #sizePath: string;
  #sizeNotedMs = 0;
  /** Written last, in the order of the file. */
  readonly #recent: { offset: number; bytes: Buffer }[] = [];
  #recentBytes = 0;
  #window = { offset: 0, bytes: Buffer.alloc(0) };

  /**
   * Opens the log in `folder`, which is made if it is missing, and hands every entry to `onEntry`, oldest first.
   *
   * @throws DamagedLogError
   */
  constructor(folder: string, onEntry: (entry: Buffer, place: Place) => void) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, FILE);
    this.#sizePath = join(folder, SIZE_FILE);
    const least = existsSync(this.#sizePath) ? Number(readFileSync(this.#sizePath, 'utf8')) : 0;
    if (least > 0 && !existsSync(this.path))
      throw new DamagedLogError(`The journal ${this.path} is missing: ${REMEDY}`);
    this.#fd = openSync(this.path, existsSync(this.path) ? 'r+' : 'wx+');
    this.#scan(least, onEntry);
  }

  /** Resolves when the entry is written. Rejects with a {@link LogWriteError} or a {@link DamagedLogError}. */
  append(entry: Buffer): Promise<Place> {
    if (this.#damage) return Promise.reject(this.#damage);
    const appended = new Promise<Place>((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
    });
    if (!this.#isDue) {
      this.#isDue = true;
      // What arrives in this turn of the event loop goes along.
      setImmediate(() => this.#writeAll());
    }
    return appended;
  }

  /** The entry at a place that `append` or the constructor named. */
  read({ offset, length }: Place): Buffer {
    const start = offset + HEADER_BYTES;
    const chunk = this.#recentAt(offset) ?? this.#windowAt(start, length);
    return chunk.bytes.subarray(start - chunk.offset, start - chunk.offset + length);
  }

  /** Writes what waits, and closes the file. */
  close(): void {
    this.#writeAll();
    if (!this.#damage) this.#noteSize();
    closeSync(this.#fd);
  }

  #writeAll(): void {
    const group = this.#waiting;
    this.#waiting = [];
    this.#isDue = false;
    if (group.length > 0) this.#writeGroup(group);
  }

  /** Within the turn: a write to the system's cache takes 2 µs of processor time, and 26 by way of another thread. */
  #writeGroup(group: Waiting[]): void {
    const bytes = Buffer.concat(group.flatMap(({ entry }) => [headerOf(entry), entry]));
    const offset = this.#size;
    try {
      this.#checkSize();
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.#fd, bytes, done, bytes.length - done, offset + done);
    } catch (error) {
      const failure = this.#failureOf(error as Error);
      for (const { reject } of group) reject(failure);
      return;
    }
    this.#size += bytes.length;
    this.#keep(offset, bytes);
    if (Date.now() - this.#sizeNotedMs >= NOTE_SIZE_MS) this.#noteSize();
    let next = offset;
    for (const { entry, resolve } of group) {
      resolve({ offset: next, length: entry.length });
      next += HEADER_BYTES + entry.length;
    }
  }

  /** Someone who cuts or replaces the file while it is in use would make a hole in it. */
  #checkSize(): void {
    const { size, nlink } = fstatSync(this.#fd);
    if (size === this.#size && nlink > 0) return;
    const found = nlink > 0 ? `has ${size} bytes, and had ${this.#size}` : 'was deleted';
    this.#damage = new DamagedLogError(
      `The journal ${this.path} ${found} while it was in use: events may be lost. Nothing more is accepted; restore the file or start with another data folder`,
    );
    throw this.#damage;
  }

  #failureOf(error: Error): Error {
    if (error === this.#damage) return error;
    try {
      ftruncateSync(this.#fd, this.#size);
    } catch {
      // What is left of the group is cut off at the next start.
    }
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOSPC' ? 'the disk is full' : error.message;
    return new LogWriteError(`The journal ${this.path} cannot be written: ${reason}`);
  }

  /** Best effort: without it only a cut at the end of an entry goes unnoticed. */
  #noteSize(): void {
    this.#sizeNotedMs = Date.now();
    try {
      writeFileSync(`${this.#sizePath}.unfinished`, String(this.#size));
      renameSync(`${this.#sizePath}.unfinished`, this.#sizePath);
    } catch {
      // A full disk is told by the next append.
    }
  }

  #keep(offset: number, bytes: Buffer): void {
    this.#recent.push({ offset, bytes });
    this.#recentBytes += bytes.length;
    while (this.#recentBytes > RECENT_BYTES && this.#recent.length > 1)
      this.#recentBytes -= this.#recent.shift()?.bytes.length ?? 0;
  }

  #recentAt(offset: number) {
    const first = this.#recent[0];
    if (!first || offset < first.offset) return undefined;
    let [low, high] = [0, this.#recent.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#recent[middle]?.offset ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return this.#recent[low];
  }

  #windowAt(start: number, length: number) {
    const { offset, bytes } = this.#window;
    if (start < offset || start + length > offset + bytes.length) {
      const room = Buffer.allocUnsafe(Math.max(length, Math.min(WINDOW_BYTES, this.#size - start)));
      const read = readSync(this.#fd, room, 0, room.length, start);
      if (read < length)
        throw new DamagedLogError(
          `The journal ${this.path} ends before byte ${start + length}: it was cut`,
        );
      this.#window = { offset: start, bytes: room.subarray(0, read) };
    }
    return this.#window;
  }

  #scan(least: number, onEntry: (entry: Buffer, place: Place) => void): void {
    const { size } = fstatSync(this.#fd);
    this.#size = size;
    if (size < least)
      throw new DamagedLogError(
        `The journal ${this.path} has ${size} bytes, and had ${least}: ${REMEDY}`,
      );
    for (let offset = 0; offset < size; ) {
      const entry = this.#entryAt(offset, size);
      if (!entry) {
        // The rest of a write that a kill cut off.
        ftruncateSync(this.#fd, offset);
        this.#size = offset;
        break;
      }
      onEntry(entry, { offset, length: entry.length });
      offset += HEADER_BYTES + entry.length;
    }
    this.#window = { offset: 0, bytes: Buffer.alloc(0) };
  }

  /** `undefined` for an entry that is not whole, at the end of the file. */
  #entryAt(offset: number, size: number): Buffer | undefined {
    if (size - offset < HEADER_BYTES) return undefined;
    const { bytes, offset: from } = this.#windowAt(offset, HEADER_BYTES);
    const length = bytes.readUInt32LE(offset - from);
    const crc = bytes.readUInt32LE(offset - from + 4);
    const end = offset + HEADER_BYTES + length;
    const isPossible = length > 0 && length <= MAX_ENTRY_BYTES;
    if (isPossible && end > size) return undefined;
    const entry = isPossible ? this.read({ offset, length }) : Buffer.alloc(0);
    if (isPossible && crc32(entry) === crc) return entry;
    if ((isPossible && end === size) || this.#isZeroFrom(offset, size)) return undefined;
    throw new DamagedLogError(
      `The journal ${this.path} is damaged at byte ${offset} of ${size}: restore it from a copy, or start with another data folder`,
    );
  }

  /** A power cut can leave a file longer than what was written into it. */
  #isZeroFrom(offset: number, size: number): boolean {
    for (let at = offset; at < size; at += WINDOW_BYTES) {
      const length = Math.min(WINDOW_BYTES, size - at);
      const { bytes, offset: from } = this.#windowAt(at, length);
      if (bytes.subarray(at - from, at - from + length).some((byte) => byte !== 0)) return false;
    }
    return true;
  }
}

function headerOf(entry: Buffer): Buffer {
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32LE(entry.length, 0);
  header.writeUInt32LE(crc32(entry), 4);
  return header;
}
