import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { encodeFact } from '../../lib/event/encode.ts';
import type { Fact } from '../../lib/event/fact.ts';
import type { ObjectStore, ObjectSummary } from '../../lib/object-store.ts';

/** A bucket in memory, whose connections a test can break. */
export class InMemoryObjects implements ObjectStore {
  readonly stored = new Map<string, Uint8Array>();
  /** Keys in the order in which they were opened. */
  readonly opened: string[] = [];
  /** Decides of each opening after how many bytes its connection breaks. */
  breaksAfter: (key: string, opening: number) => number | undefined = () => undefined;

  /** Decides of each operation whether it fails. */
  fails: (operation: 'put' | 'get' | 'delete', key: string) => boolean = () => false;

  /** The name of the error with which an object cannot be read, such as `AccessDenied`. */
  refuses: (key: string) => string | undefined = () => undefined;

  /** When an object was last written, in milliseconds since the epoch. */
  modifiedMs: (key: string) => number = () => 0;

  async put(key: string, body: Uint8Array | string): Promise<void> {
    this.#check('put', key);
    this.stored.set(key, Buffer.from(body));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#check('get', key);
    this.#checkAccess(key);
    return this.stored.get(key);
  }

  async stream(key: string): Promise<Readable | undefined> {
    this.#checkAccess(key);
    const body = this.stored.get(key);
    if (!body) return undefined;
    this.opened.push(key);
    const opening = this.opened.filter((other) => other === key).length;
    return Readable.from(chunksOf(body, this.breaksAfter(key, opening)), { objectMode: false });
  }

  async *list(prefix: string): AsyncGenerator<ObjectSummary> {
    for (const key of [...this.stored.keys()].sort())
      if (key.startsWith(prefix))
        yield {
          key,
          size: this.stored.get(key)?.byteLength ?? 0,
          lastModified: new Date(this.modifiedMs(key)),
        };
  }

  async delete(key: string): Promise<void> {
    this.#check('delete', key);
    this.stored.delete(key);
  }

  #check(operation: 'put' | 'get' | 'delete', key: string): void {
    if (this.fails(operation, key)) throw new Error(`${operation} of ${key} fails in this test`);
  }

  #checkAccess(key: string): void {
    const name = this.refuses(key);
    if (name) throw Object.assign(new Error(`${key} is refused in this test`), { name });
  }

  /** Puts an object of the archive. */
  archive(key: string, facts: Fact[]): Promise<void> {
    return this.put(key, archiveObject(facts));
  }
}

/** Facts as an object of the archive holds them. */
export function archiveObject(facts: Fact[]): Buffer {
  return gzipSync(facts.map((fact) => `${Buffer.from(encodeFact(fact))}\n`).join(''));
}

const CHUNK_BYTES = 1000;

function* chunksOf(
  body: Uint8Array,
  breaksAfter = Number.POSITIVE_INFINITY,
): Generator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += CHUNK_BYTES) {
    if (at >= breaksAfter) throw Object.assign(new Error('aborted'), { code: 'ECONNRESET' });
    yield body.subarray(at, at + CHUNK_BYTES);
  }
}
