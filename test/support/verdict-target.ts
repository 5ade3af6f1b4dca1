import type {
  LookupVerdict,
  TargetApi,
  TargetEvent,
  TargetResult,
  Verdict,
} from '../../lib/ports.ts';

/** A verdict, or `lost`: the target creates the item, but its response does not arrive. */
type Failure = Verdict | 'lost' | undefined;

export const LOST: Verdict = { kind: 'unknown', code: 'ECONNRESET', message: 'reset' };

/** A target in memory that keeps what it creates; what fails is scripted for each event. */
export class VerdictTarget implements TargetApi {
  canLookUp = true;
  readonly items = new Map<string, TargetEvent>();
  readonly calls: { operation: 'create' | 'lookUp'; ids: string[] }[] = [];
  /** Creations of an id that was there already. */
  duplicates = 0;
  /** Decides of each event in a creation what goes wrong, if anything; `calls` counts the calls so far, this one included. */
  fails: (id: string, calls: number) => Failure = () => undefined;
  lookupFails: (id: string, calls: number) => LookupVerdict | undefined = () => undefined;
  /** True to refuse every request with several events, naming none of them. */
  refusesGroups = false;
  /** Runs with each call, for instance to let time pass. */
  onCall: () => void | Promise<void> = () => undefined;

  async create(events: readonly TargetEvent[]): Promise<TargetResult<Verdict>> {
    await this.#note('create', events);
    if (this.refusesGroups && events.length > 1) return refusedTogether(events, 'rejected');
    const verdicts = events.map((event) => this.#createOne(event));
    return { status: statusOf(verdicts), verdicts, retryAlone: false };
  }

  async lookUp(events: readonly TargetEvent[]): Promise<TargetResult<LookupVerdict>> {
    await this.#note('lookUp', events);
    if (this.refusesGroups && events.length > 1) return refusedTogether(events, 'unavailable');
    const verdicts = events.map(
      ({ id }): LookupVerdict =>
        this.lookupFails(id, this.calls.length) ?? {
          kind: this.items.has(id) ? 'found' : 'absent',
        },
    );
    return { status: statusOf(verdicts), verdicts, retryAlone: false };
  }

  callsOf(id: string): string[] {
    return this.calls.filter(({ ids }) => ids.includes(id)).map(({ operation }) => operation);
  }

  async #note(operation: 'create' | 'lookUp', events: readonly TargetEvent[]): Promise<void> {
    this.calls.push({ operation, ids: events.map(({ id }) => id) });
    await this.onCall();
  }

  #createOne(event: TargetEvent): Verdict {
    const failure = this.fails(event.id, this.calls.length);
    if (failure && failure !== 'lost') return failure;
    const isThere = this.items.has(event.id);
    if (isThere) this.duplicates += 1;
    else this.items.set(event.id, event);
    if (failure === 'lost') return LOST;
    return { kind: isThere ? 'duplicate' : 'delivered' };
  }
}

/** Statuses that go with verdicts; others come with 200, as GraphQL errors do. */
const STATUSES: Partial<Record<string, number>> = { throttled: 429, unauthorized: 401 };

function statusOf(verdicts: readonly (Verdict | LookupVerdict)[]): number | null {
  const [first] = verdicts;
  if (first && 'code' in first && /^E[A-Z]+$|TIMEOUT/.test(first.code)) return null;
  return STATUSES[first?.kind ?? ''] ?? 200;
}

function refusedTogether<Kind extends 'rejected' | 'unavailable'>(
  events: readonly TargetEvent[],
  kind: Kind,
) {
  const verdict = { kind, code: 'TOO_MANY_ALIASES', message: 'too many aliases' };
  return { status: 400, verdicts: events.map(() => verdict), retryAlone: true };
}
