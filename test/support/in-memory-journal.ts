import { NotDurableError } from '../../lib/errors.ts';
import type { Fact } from '../../lib/event/fact.ts';
import type { MakeDurable } from '../../lib/ingest/make-durable.ts';
import type { Journal } from '../../lib/ports.ts';

/** A journal in memory, whose appends a test can make fail. */
export class InMemoryJournal implements Journal {
  readonly facts: Fact[] = [];
  /** Decides of each fact whether it is refused. */
  refuses: (fact: Fact) => boolean = () => false;

  async appendAll(facts: Fact[]): Promise<Fact[]> {
    const refused = facts.filter((fact) => this.refuses(fact));
    this.facts.push(...facts.filter((fact) => !refused.includes(fact)));
    return refused;
  }
}

/** Facts are durable once they are in that journal. */
export function storingIn(journal: InMemoryJournal): MakeDurable {
  return async (fact) => {
    const refused = await journal.appendAll([fact]);
    if (refused.length > 0) throw new NotDurableError('refused by the test');
    return 'stream';
  };
}
