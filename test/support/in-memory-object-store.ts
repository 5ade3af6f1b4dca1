import { Readable } from 'node:stream';
import type { ObjectStore, ObjectSummary } from '../../lib/object-store.ts';

/** Objects in memory, whose operations a test can make fail. */
export class InMemoryObjectStore implements ObjectStore {
  readonly objects = new Map<string, Uint8Array>();
  /** Decides of each operation whether it fails. */
  fails: (operation: 'put' | 'get' | 'delete', key: string) => boolean = () => false;
  lastModified = new Date(0);

  async put(key: string, body: Uint8Array | string): Promise<void> {
    this.#check('put', key);
    this.objects.set(key, Buffer.from(body));
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    this.#check('get', key);
    return this.objects.get(key);
  }

  async stream(key: string): Promise<Readable | undefined> {
    const body = await this.get(key);
    return body && Readable.from([body], { objectMode: false });
  }

  async *list(prefix: string): AsyncGenerator<ObjectSummary> {
    for (const [key, { byteLength: size }] of [...this.objects].sort())
      if (key.startsWith(prefix)) yield { key, size, lastModified: this.lastModified };
  }

  async delete(key: string): Promise<void> {
    this.#check('delete', key);
    this.objects.delete(key);
  }

  #check(operation: 'put' | 'get' | 'delete', key: string): void {
    if (this.fails(operation, key)) throw new Error(`${operation} of ${key} fails in this test`);
  }
}
