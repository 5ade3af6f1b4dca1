import type { TimeRange } from '../archive/partitions.ts';
import { messageOf } from '../errors.ts';
import type { KnownReceipts } from '../ports.ts';
import type { AuditBooks } from './audit-books.ts';

/** Ids that are kept to be named. The books hold none, and the archive does not know these. */
const MOST_NAMED = 10_000;

const NAME = 'the status table';

/** Result of comparing the archive with the status table. */
export interface ReceiptComparison {
  /** Events that only the table knows as received: what the archive held of them is gone. */
  missing: number;
  /** Some of them. */
  ids: string[];
  /** The table knows every event of the archive, so it also speaks for what the archive does not hold. */
  isWitness: boolean;
  /** The reason why it is no witness. */
  silent?: string;
}

/** Reads what the status table knows as received into the books, and compares them once everything else was read. */
export class ReceiptCheck {
  readonly #books: AuditBooks;
  readonly #suspects: string[] = [];
  #share = 0;
  #problem: string | undefined;

  constructor(books: AuditBooks) {
    this.#books = books;
  }

  /** Never rejects: the table is one witness among others. Calls `onRead` with the number of ids so far. */
  async read(
    receipts: KnownReceipts,
    range: TimeRange,
    onRead: (ids: number) => void,
  ): Promise<void> {
    try {
      const { share, batches } = await receipts.read(range);
      let read = 0;
      for await (const ids of batches) {
        for (const id of ids) this.#take(id);
        read += ids.length;
        onRead(read);
      }
      this.#share = share;
    } catch (error) {
      this.#problem = `${NAME} cannot be read: ${messageOf(error)}`;
    }
  }

  /** Returns whether events are suspected that the journal may still explain. */
  get hasSuspects(): boolean {
    return this.#suspects.length > 0;
  }

  /** @param knownUntilMs the table should know what was received before */
  compare(knownUntilMs: number): ReceiptComparison {
    const { onlyInTable: missing, notInTable } = this.#books.compareWithTable(knownUntilMs);
    const ids = this.#suspects.filter((id) => !this.#books.knows(id));
    const silent = this.#problem ?? this.#lack(notInTable);
    return { missing, ids, isWitness: silent === undefined, ...(silent ? { silent } : {}) };
  }

  #take(id: string): void {
    if (this.#books.noteInTable(id) || this.#suspects.length >= MOST_NAMED) return;
    this.#suspects.push(id);
  }

  #lack(notInTable: number): string | undefined {
    if (this.#share < 1)
      return `${NAME}: only ${(this.#share * 100).toPrecision(2)} % of it were read, by chance`;
    if (notInTable === 0) return undefined;
    return `${NAME} does not know ${notInTable} event(s) that the archive holds: npm run project writes them`;
  }
}
