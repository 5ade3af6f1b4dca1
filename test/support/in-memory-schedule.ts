import type {
  Booking,
  BookingRequest,
  Clock,
  LearnedRate,
  ScheduleState,
  StartSchedule,
} from '../../lib/ports.ts';

type News = Parameters<StartSchedule['tell']>[0];

/** The start schedule in memory. A test can make it slow or let it fail. */
export class InMemorySchedule implements StartSchedule {
  /** Time that a request takes, half of it before it takes effect. */
  latencyMs = 0;
  fails = false;
  requests = 0;
  #nextMs = 0;
  #state: ScheduleState = { learned: undefined, pausedUntilMs: 0, jitterMs: undefined };
  readonly #clock: Clock | undefined;

  /** @param clock needed for a latency only */
  constructor(clock?: Clock) {
    this.#clock = clock;
  }

  book = (request: BookingRequest): Promise<Booking> => this.#request(() => this.bookNow(request));

  tell = (news: News): Promise<void> => this.#request(() => this.tellNow(news));

  bookNow({ starts, spacingMs, earliestMs, latestMs, jitterMs }: BookingRequest): Booking {
    const firstMs = Math.max(this.#nextMs, earliestMs);
    if (firstMs > latestMs) return { ...this.#state, firstMs: undefined };
    const before = this.#state;
    if (jitterMs !== undefined) this.#state = { ...before, jitterMs };
    this.#nextMs = firstMs + starts * spacingMs;
    return { ...before, firstMs };
  }

  tellNow({ learned, pausedUntilMs = 0 }: News): void {
    const known = this.#state.learned;
    this.#state = {
      ...this.#state,
      learned: isNewer(learned, known) ? learned : known,
      pausedUntilMs: Math.max(this.#state.pausedUntilMs, pausedUntilMs),
    };
  }

  async #request<Result>(change: () => Result): Promise<Result> {
    this.requests += 1;
    if (this.fails) throw new Error('the test lets the schedule fail');
    if (this.latencyMs > 0) await this.#clock?.sleep(this.latencyMs / 2);
    const result = change();
    if (this.latencyMs > 0) await this.#clock?.sleep(this.latencyMs / 2);
    return result;
  }
}

function isNewer(learned: LearnedRate | undefined, known: LearnedRate | undefined): boolean {
  return learned !== undefined && learned.atMs > (known?.atMs ?? 0);
}
