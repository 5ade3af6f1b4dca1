import { HashTable } from '../archive/hash-table.ts';

/** Identities in each of two generations: 8 to 25 bytes each. */
const MOST = 250_000;

/** Remembers at least the last 250,000 texts, and at most twice as many. */
export class RecentIdentities {
  readonly #most: number;
  #newer = new HashTable();
  #older = new HashTable();

  constructor(most = MOST) {
    this.#most = most;
  }

  /** Adds a text; false if it is remembered. */
  addNew(text: string): boolean {
    if (this.#older.has(text) || !this.#newer.addNew(text)) return false;
    if (this.#newer.size >= this.#most) {
      this.#older = this.#newer;
      this.#newer = new HashTable();
    }
    return true;
  }
}
