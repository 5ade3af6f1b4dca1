/** Bytes that are kept after they were taken, so that reading can go back to them. */
const KEPT_BYTES = 256 * 1024;

/** The bytes of an object as they come, with a way back of {@link KEPT_BYTES} at least. */
export class StoredBytes {
  readonly #chunks: AsyncIterator<Uint8Array>;
  /** Taken before and given back, the next one last. */
  readonly #ahead: Buffer[] = [];
  /** Taken, the latest last. */
  readonly #kept: Buffer[] = [];
  #keptBytes = 0;
  #position = 0;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** Offset in the object of the byte that is taken next. */
  get position(): number {
    return this.#position;
  }

  /** The next bytes, at least one; `undefined` at the end. Rejects when the connection breaks. */
  async take(): Promise<Buffer | undefined> {
    const chunk = this.#ahead.pop() ?? (await this.#next());
    if (!chunk) return undefined;
    this.#position += chunk.byteLength;
    this.#kept.push(chunk);
    this.#keptBytes += chunk.byteLength;
    for (;;) {
      const oldest = this.#kept[0]?.byteLength ?? 0;
      if (this.#kept.length === 1 || this.#keptBytes - oldest < KEPT_BYTES) return chunk;
      this.#kept.shift();
      this.#keptBytes -= oldest;
    }
  }

  /** The next `count` bytes, fewer only at the end; they stay to be taken. `count` is {@link KEPT_BYTES} at most. */
  async peek(count: number): Promise<Buffer> {
    const start = this.#position;
    const parts: Buffer[] = [];
    while (this.#position - start < count) {
      const chunk = await this.take();
      if (!chunk) break;
      parts.push(chunk);
    }
    this.goBackTo(start);
    return Buffer.concat(parts).subarray(0, count);
  }

  /** Takes `count` bytes and drops them. */
  async skip(count: number): Promise<void> {
    const end = this.#position + count;
    while (this.#position < end && (await this.take()));
    this.goBackTo(end);
  }

  /** Goes back to an offset, or as near to it as bytes are kept. */
  goBackTo(position: number): void {
    while (this.#position > position) {
      const chunk = this.#kept.pop();
      if (!chunk) return;
      const start = this.#position - chunk.byteLength;
      const cut = Math.max(0, position - start);
      if (cut > 0) this.#kept.push(chunk.subarray(0, cut));
      this.#ahead.push(chunk.subarray(cut));
      this.#keptBytes -= chunk.byteLength - cut;
      this.#position = start + cut;
    }
  }

  async #next(): Promise<Buffer | undefined> {
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done) return undefined;
      if (value.byteLength > 0)
        return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    }
  }
}
