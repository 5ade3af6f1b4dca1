import { keyOf } from '../../lib/aws/dynamodb-status-item.ts';
import type { RowOutcome, StatusTable } from '../../lib/ports.ts';
import type { OpenEvent } from '../../lib/status/problems.ts';
import type { StatusRow } from '../../lib/status/rows.ts';
import { timelineOf } from '../../lib/status/timeline.ts';

/** A status table in memory; what it takes, a test decides by the event's id. */
export class InMemoryStatusTable implements StatusTable {
  readonly open = new Map<string, OpenEvent>();
  /** Rows of each write, all calls in order. */
  readonly writes: StatusRow[][] = [];
  readonly #rows = new Map<string, StatusRow>();
  readonly #outcomeOf: (eventId: string) => RowOutcome;
  /** Thrown by reads. */
  failure: Error | undefined;

  constructor(outcomeOf: (eventId: string) => RowOutcome = () => 'written') {
    this.#outcomeOf = outcomeOf;
  }

  get rows(): StatusRow[] {
    return [...this.#rows.values()];
  }

  async write(rows: readonly StatusRow[]): Promise<RowOutcome[]> {
    if (rows.length > 0) this.writes.push([...rows]);
    return rows.map((row) => {
      const outcome = this.#outcomeOf(row.eventId);
      if (outcome === 'written') this.#rows.set(JSON.stringify(keyOf(row)), row);
      return outcome;
    });
  }

  async of(eventId: string) {
    if (this.failure) throw this.failure;
    return timelineOf(this.rows.filter((row) => row.eventId === eventId));
  }

  async setOpen(changes: Parameters<StatusTable['setOpen']>[0]): Promise<RowOutcome[]> {
    return changes.map(({ eventId, open }) => {
      const outcome = this.#outcomeOf(`open ${eventId}`);
      if (outcome !== 'written') return outcome;
      if (open) this.open.set(eventId, open);
      else this.open.delete(eventId);
      return outcome;
    });
  }

  async listOpen(state: OpenEvent['state'], limit: number) {
    return [...this.open.values()]
      .filter((event) => event.state === state)
      .toSorted((a, b) => (a.since < b.since ? -1 : 1))
      .slice(0, limit);
  }
}
