import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import zlib from 'node:zlib';
import { HttpError } from './http-error.ts';

/**
 * Reads a body as UTF-8 text, decompressed if it has a content encoding (some servers compress although they are asked not to).
 * Reading stops at once beyond `maxBytes`, before and after decompression, with the code `RESPONSE_TOO_LARGE`. A body that cannot be
 * decompressed becomes a text that says so, since status and headers still count.
 */
export function readText(response: IncomingMessage, maxBytes: number): Promise<string> {
  const encoding = response.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
  return new Promise((resolve, reject) => {
    const body = new LimitedBody(maxBytes, reject);
    response.on('error', reject);
    if (encoding === 'identity' || encoding === '') {
      response.on('data', (chunk: Buffer) => body.add(chunk));
      response.on('end', () => resolve(body.text()));
      return;
    }
    const undecodable = `(a body with content-encoding ${encoding} that cannot be decoded)`;
    let decoder: ReturnType<typeof decoderOf>;
    let received = 0;
    response.on('data', (chunk: Buffer) => {
      if (received === 0) {
        decoder = decoderOf(encoding, chunk);
        decoder?.on('data', (part: Buffer) => body.add(part));
        decoder?.on('end', () => resolve(body.text()));
        decoder?.on('error', () => resolve(undecodable));
      }
      received += chunk.length;
      if (received > maxBytes) body.refuse();
      else if (decoder) decoder.write(chunk);
    });
    response.on('end', () => {
      if (decoder) decoder.end();
      else resolve(received === 0 ? '' : undecodable);
    });
  });
}

class LimitedBody {
  readonly #maxBytes: number;
  readonly #refused: (error: Error) => void;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number, refused: (error: Error) => void) {
    this.#maxBytes = maxBytes;
    this.#refused = refused;
  }

  add(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) this.refuse();
    else this.#chunks.push(chunk);
  }

  refuse(): void {
    this.#chunks.length = 0;
    const message = `the target's response is longer than ${this.#maxBytes} bytes`;
    this.#refused(new HttpError('RESPONSE_TOO_LARGE', message));
  }

  text(): string {
    const [first] = this.#chunks;
    const whole = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    return whole.toString('utf8');
  }
}

/** By the first bytes: `deflate` comes with and without zlib's header, and some proxies decompress but keep the label. */
function decoderOf(encoding: string, start: Buffer) {
  const [first = 0, second = 0] = start;
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
