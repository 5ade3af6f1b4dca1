/** Entries per page: pages are added, never copied, so that growing needs no second copy of everything. */
const PAGE_BITS = 16;
const PAGE_SIZE = 1 << PAGE_BITS;
const PAGE_MASK = PAGE_SIZE - 1;

type Numbers = Uint8Array | Uint16Array | Uint32Array;

/** Numbers by index, 0 where none was set; grows page by page. */
export class Column<Page extends Numbers> {
  readonly #pages: Page[] = [];
  readonly #makePage: (length: number) => Page;

  constructor(makePage: (length: number) => Page) {
    this.#makePage = makePage;
  }

  get(index: number): number {
    return this.#pages[index >>> PAGE_BITS]?.[index & PAGE_MASK] ?? 0;
  }

  set(index: number, value: number): void {
    const number = index >>> PAGE_BITS;
    while (this.#pages.length <= number) this.#pages.push(this.#makePage(PAGE_SIZE));
    const page = this.#pages[number];
    if (page) page[index & PAGE_MASK] = value;
  }
}

export const uint16Column = () => new Column((length) => new Uint16Array(length));
export const uint32Column = () => new Column((length) => new Uint32Array(length));

/**
 * A set of texts that keeps 64 bits of each, and gives each an index from 0 on, in order of arrival: 8 bytes a text and
 * 8 to 17 for finding it. Open addressing, linear probing.
 *
 * Two texts with the same 64 bits count as one. Among ten million, the odds that any two do are one in 370,000.
 */
export class HashTable {
  readonly #high = uint32Column();
  readonly #low = uint32Column();
  /** Index + 1; 0 is free. */
  #slots = new Uint32Array(1024);
  /** Eight bits of the hash of what a slot holds: most slots of others are passed without a look at their page. */
  #tags = new Uint8Array(1024);
  #size = 0;
  /** The last text's hash, so that hashing makes no garbage. */
  #hashHigh = 0;
  #hashLow = 0;

  get size(): number {
    return this.#size;
  }

  /** The text's index, which is the former `size` if it is new. */
  add(text: string): number {
    this.#hash(text);
    const slot = this.#find(this.#hashHigh, this.#hashLow);
    const known = this.#slots[slot] ?? 0;
    if (known > 0) return known - 1;
    const index = this.#size++;
    this.#high.set(index, this.#hashHigh);
    this.#low.set(index, this.#hashLow);
    this.#occupy(slot, index, this.#hashHigh);
    if (this.#size > this.#slots.length * 0.6) this.#grow();
    return index;
  }

  /** Adds it; false if it was there. */
  addNew(text: string): boolean {
    const size = this.#size;
    this.add(text);
    return this.#size > size;
  }

  /** The text's index, or -1. */
  indexOf(text: string): number {
    this.#hash(text);
    return (this.#slots[this.#find(this.#hashHigh, this.#hashLow)] ?? 0) - 1;
  }

  has(text: string): boolean {
    return this.indexOf(text) >= 0;
  }

  /** The slot that holds the hash, or the free one where it belongs. */
  #find(high: number, low: number): number {
    const slots = this.#slots;
    const tags = this.#tags;
    const tag = high & 0xff;
    const mask = slots.length - 1;
    for (let slot = low & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) return slot;
      if (tags[slot] !== tag) continue;
      if (this.#low.get(entry - 1) === low && this.#high.get(entry - 1) === high) return slot;
    }
  }

  #grow(): void {
    const length = this.#slots.length * 2;
    this.#slots = new Uint32Array(length);
    this.#tags = new Uint8Array(length);
    const mask = length - 1;
    for (let index = 0; index < this.#size; index++) {
      // All are different: the first free slot is theirs.
      let slot = this.#low.get(index) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#occupy(slot, index, this.#high.get(index));
    }
  }

  #occupy(slot: number, index: number, high: number): void {
    this.#slots[slot] = index + 1;
    this.#tags[slot] = high & 0xff;
  }

  /** Two multiplicative hashes over the text's UTF-16 units, mixed into each other at the end as in MurmurHash3. */
  #hash(text: string): void {
    let first = 0x9e3779b9;
    let second = 0x85ebca6b ^ text.length;
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      first = Math.imul(first ^ unit, 0x9e3779b1);
      second = Math.imul(second ^ unit, 0x5f356495);
    }
    this.#hashHigh = (mix(first, 0x85ebca6b) ^ mix(second, 0xc2b2ae35)) >>> 0;
    this.#hashLow = (mix(second, 0x85ebca6b) ^ mix(first, 0xc2b2ae35) ^ first) >>> 0;
  }
}

function mix(hash: number, factor: number): number {
  const mixed = Math.imul(hash ^ (hash >>> 16), factor);
  return mixed ^ (mixed >>> 13);
}
