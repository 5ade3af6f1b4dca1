import type { Fact } from '../../lib/event/fact.ts';
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
