import type { IncomingMessage } from 'node:http';
import { PassThrough, type Transform } from 'node:stream';
import zlib from 'node:zlib';
import { HttpError } from './http-error.ts';

/**
 * Reads a body as text, decompressed if it has a content encoding (some servers compress although they are asked not to).
 * Reading stops at once beyond `maxBytes`, before and after decompression, with the code `RESPONSE_TOO_LARGE`. A body that cannot be
 * decompressed becomes a text that says so, because status and headers still count.
 */
export function readText(
  response: IncomingMessage,
  maxBytes: number,
  textEncoding: 'utf8' | 'latin1' = 'utf8',
): Promise<string> {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  return new Promise((resolve, reject) => {
    const body = new LimitedBody(maxBytes, textEncoding, reject);
    response.on('error', reject);
    if (encoding === 'identity' || encoding === '') {
      response.on('data', (chunk: Buffer) => body.add(chunk));
      response.on('end', () => resolve(body.text()));
      return;
    }
    const decoder = new Decoder(encoding, maxBytes, body);
    decoder.ended.then(resolve);
    response.on('data', (chunk: Buffer) => decoder.write(chunk));
    response.on('end', () => decoder.end());
  });
}

/** The bytes of a body, up to a limit. */
class LimitedBody {
  readonly #maxBytes: number;
  readonly #encoding: 'utf8' | 'latin1';
  readonly #refused: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number, encoding: 'utf8' | 'latin1', refused: (error: Error) => void) {
    this.#maxBytes = maxBytes;
    this.#encoding = encoding;
    this.#refused = refused;
  }

  /** False for a chunk that is over the limit. */
  add(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    const fits = this.#bytes <= this.#maxBytes;
    if (fits) this.#chunks.push(chunk);
    else this.refuse();
    return fits;
  }

  refuse(): void {
    this.#chunks.length = 0;
    const message = `the target's response is longer than ${this.#maxBytes} bytes`;
    this.#refused(new HttpError('RESPONSE_TOO_LARGE', message));
  }

  text(): string {
    const [first] = this.#chunks;
    const whole = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    return whole.toString(this.#encoding);
  }
}

/** Bytes that tell a format. */
const HEAD_BYTES = 2;

/** Decompresses a body once its first bytes are there. */
class Decoder {
  readonly ended: Promise<string>;
  readonly #encoding: string;
  readonly #maxBytes: number;
  readonly #body: LimitedBody;
  #resolve: (text: string) => void = () => undefined;
  #head = Buffer.alloc(0);
  #stream: Transform | undefined;
  #received = 0;

  constructor(encoding: string, maxBytes: number, body: LimitedBody) {
    this.#encoding = encoding;
    this.#maxBytes = maxBytes;
    this.#body = body;
    this.ended = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  write(chunk: Buffer): void {
    this.#received += chunk.length;
    if (this.#received > this.#maxBytes) this.#body.refuse();
    else if (this.#stream) this.#stream.write(chunk);
    else {
      this.#head = Buffer.concat([this.#head, chunk]);
      if (this.#head.length >= HEAD_BYTES) this.#open();
    }
  }

  end(): void {
    if (this.#received === 0) this.#resolve('');
    else if (!this.#stream) this.#open();
    this.#stream?.end();
  }

  #open(): void {
    const stream = decompressorOf(this.#encoding, this.#head);
    const undecodable = `(a body with content-encoding ${this.#encoding} that cannot be decoded)`;
    if (!stream) {
      this.#resolve(undecodable);
      return;
    }
    stream.on('data', (part: Buffer) => {
      // A few kilobytes can hold gigabytes: what is left of them must not be decompressed.
      if (!this.#body.add(part)) stream.destroy();
    });
    stream.on('end', () => this.#resolve(this.#body.text()));
    stream.on('error', () => this.#resolve(undecodable));
    stream.write(this.#head);
    this.#stream = stream;
  }
}

/** By the first bytes: `deflate` comes with and without zlib's header, and some proxies decompress but keep the label. */
function decompressorOf(encoding: string, head: Buffer): Transform | undefined {
  const [first = 0, second = 0] = head;
  switch (encoding) {
    case 'gzip':
    case 'x-gzip':
      return first === 0x1f && second === 0x8b ? zlib.createGunzip() : new PassThrough();
    case 'deflate':
      return (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
        ? zlib.createInflate()
        : zlib.createInflateRaw();
    case 'br':
      return zlib.createBrotliDecompress();
    default:
      return undefined;
  }
}
