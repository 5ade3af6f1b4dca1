import { crc32, createInflateRaw, type InflateRaw } from 'node:zlib';
import { StoredBytes } from './stored-bytes.ts';

/** A part of a stored object that cannot be read. */
export interface StoredDamage {
  damage: string;
  /** Offset in the stored object. */
  storedByte: number;
  /** Data inflated before may be wrong, though it looks right. A member that only ends early, with its object, is right as far as it goes. */
  isContentWrong?: true;
}

/** Uncompressed bytes that are handed on together. */
const BLOCK_BYTES = 128 * 1024;

/** A header with longer names than this is taken for no header. */
const MAX_HEADER_BYTES = 64 * 1024;

const TRAILER_BYTES = 8;

/** As zlib says it. */
const CUT = 'unexpected end of file';

const MAGIC = Buffer.from([0x1f, 0x8b, 0x08]);

/**
 * Uncompresses an object of gzip members. Bytes between or after them, and damaged or truncated members, become a {@link StoredDamage}; reading goes on at the next member. zlib's own reader stops at zero bytes in silence, and loses the whole
 * chunk before trailing bytes. Rejects when the connection breaks.
 */
export async function* inflateMembers(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<Buffer | StoredDamage> {
  const source = new StoredBytes(body);
  for (;;) {
    const storedByte = source.position;
    const header = await headerBytes(source);
    if (header === 'end') return;
    if (header === 'none') {
      const damage = await passOver(source);
      yield { damage, storedByte };
      continue;
    }
    await source.skip(header);
    const damage = yield* inflateMember(source);
    if (damage === undefined) continue;
    source.goBackTo(storedByte + 1);
    // Where another member begins in the bytes of one that was cut, its bytes were inflated as if they were of the first.
    const isGlued = (await seekMember(source)) && (await headerBytes(source)) !== 'none';
    const isContentWrong = isGlued || !damage.endsWith(CUT);
    yield { damage, storedByte, ...(isContentWrong && { isContentWrong }) };
  }
}

/** The length of the header of the member that begins here. */
async function headerBytes(source: StoredBytes): Promise<number | 'none' | 'end'> {
  const start = await source.peek(512);
  if (start.byteLength === 0) return 'end';
  const length = headerLength(start);
  if (length !== 'cut') return length;
  const longer = headerLength(await source.peek(MAX_HEADER_BYTES));
  return longer === 'cut' ? 'none' : longer;
}

const FLAGS = { headerChecksum: 2, extra: 4, name: 8, comment: 16, reserved: 0xe0 };

/** As RFC 1952 has it. Pure. */
function headerLength(bytes: Buffer): number | 'none' | 'cut' {
  const flags = bytes[3] ?? 0;
  if (!bytes.subarray(0, 3).equals(MAGIC) || flags & FLAGS.reserved) return 'none';
  let length = 10;
  if (flags & FLAGS.extra) {
    if (bytes.byteLength < length + 2) return 'cut';
    length += 2 + bytes.readUInt16LE(length);
  }
  for (const flag of [FLAGS.name, FLAGS.comment]) {
    if (!(flags & flag)) continue;
    const end = bytes.indexOf(0, length);
    if (end === -1) return 'cut';
    length = end + 1;
  }
  if (flags & FLAGS.headerChecksum) length += 2;
  return length <= bytes.byteLength ? length : 'cut';
}

/** Skips what is no member; returns what it was. */
async function passOver(source: StoredBytes): Promise<string> {
  const start = source.position;
  if ((await source.peek(1))[0] === 0) {
    await skipZeros(source);
    return `${source.position - start} zero bytes, as padding is, where a gzip member should begin`;
  }
  await source.skip(1);
  const found = await seekMember(source);
  const bytes = source.position - start;
  return start === 0 && !found ? 'not gzip' : `${bytes} bytes that are not gzip`;
}

async function skipZeros(source: StoredBytes): Promise<void> {
  for (let chunk = await source.take(); chunk; chunk = await source.take()) {
    const index = chunk.findIndex((byte) => byte !== 0);
    if (index >= 0) return source.goBackTo(source.position - chunk.byteLength + index);
  }
}

/** Skips up to what may be the beginning of a member; false if there is none. */
async function seekMember(source: StoredBytes): Promise<boolean> {
  for (let chunk = await source.take(); chunk; chunk = await source.take()) {
    const index = chunk.indexOf(MAGIC[0] ?? 0);
    if (index === -1) continue;
    source.goBackTo(source.position - chunk.byteLength + index);
    if ((await source.peek(MAGIC.byteLength)).equals(MAGIC)) return true;
    await source.skip(1);
  }
  return false;
}

/** The content of the member whose header was skipped, and its trailer; returns what is wrong with it. */
async function* inflateMember(source: StoredBytes): AsyncGenerator<Buffer, string | undefined> {
  const start = source.position;
  const inflate = createInflateRaw({ chunkSize: BLOCK_BYTES });
  const feeding = feed(source, inflate);
  let checksum = 0;
  let size = 0;
  try {
    for await (const block of inflate as AsyncIterable<Buffer>) {
      checksum = crc32(block, checksum);
      size += block.byteLength;
      yield block;
    }
  } catch (error) {
    if (!isAboutData(error)) throw error;
    return `damaged gzip member: ${error.message}`;
  } finally {
    inflate.destroy();
    await feeding;
  }
  source.goBackTo(start + inflate.bytesWritten);
  const trailer = await source.peek(TRAILER_BYTES);
  if (trailer.byteLength < TRAILER_BYTES) return `damaged gzip member: ${CUT}`;
  if (trailer.readUInt32LE(0) !== checksum || trailer.readUInt32LE(4) !== size % 2 ** 32)
    return 'damaged gzip member: its checksum or length differs';
  await source.skip(TRAILER_BYTES);
  return undefined;
}

/** Writes what comes until the member has ended. A chunk at a time, so that what follows the member is still kept. Never rejects. */
async function feed(source: StoredBytes, inflate: InflateRaw): Promise<void> {
  // zlib does not call back for a chunk that it did not use up.
  const closed = new Promise<void>((resolve) => inflate.once('close', resolve));
  try {
    while (!inflate.destroyed) {
      const chunk = await source.take();
      if (!chunk) return void inflate.end();
      const written = new Promise<void>((resolve) => inflate.write(chunk, () => resolve()));
      await Promise.race([written, closed]);
    }
  } catch (error) {
    inflate.destroy(error as Error);
  }
}

/** zlib's errors are about the data; all others are about reaching it. */
function isAboutData(error: unknown): error is Error {
  return error instanceof Error && /^Z_/.test((error as NodeJS.ErrnoException).code ?? '');
}
