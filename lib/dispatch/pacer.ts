import { Waiter } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, ScheduleState, StartSchedule } from '../ports.ts';
import { Jitter } from './jitter.ts';

/** The right to start one call now. */
export interface Slot {
  /** To be called when the call has ended. */
  finished(): void;
}

export interface PacerOptions {
  schedule: StartSchedule;
  clock: Clock;
  log: Log;
  /** The configured rate. */
  ratePerSecond: number;
  /** Largest difference between the clocks of two environments. */
  clockSkewMs: number;
  /** Takes what other environments have learnt. */
  onState: (state: ScheduleState) => void;
}

/** Length of a booking. Shorter ones mean more requests (four a second with this), longer ones a longer wait for the other lanes. */
const BOOKED_MS = 250;

/** The next starts are booked this long before those at hand run out: ten times as long as a request takes. */
const AHEAD_MS = 100;

/** Wait after a booking that failed or would have been too late. */
const BOOK_AGAIN_MS = 1000;

/**
 * A start may be late by this share of the limit's window: 4 ms of a second. Timers are up to 2.5 ms late: with a fourth of this, a third of the starts was lost, and with half of it
 * one of a hundred (simulated). A garbage collection takes 3 to 5 ms. Twice as much costs 0.4 % of the rate.
 */
const LATE_SHARE = 0.004;

/**
 * Grants the starts of an invocation's calls at times that were booked from the schedule that all lanes share.
 *
 * States: *booking* (nothing is at hand, a request is under way) → *granting* (starts are at hand; the next are booked 100 ms before these run out) → *booking*, and so on
 * while there is work. *Waiting* for a second follows a booking that failed, or that would begin after the invocation's end; then *booking*. An invocation begins in *booking* with nothing
 * at hand, since another environment may have served the lane meanwhile.
 *
 * A booking is for as many calls as there is work, at most for 250 ms of the rate. A start is granted at its time or up to 4 ms after it. It is lost
 * if it is later, in a pause that the target asked for, or left when the invocation ends.
 *
 * The distance of two starts follows from the limit: of any `n + 1` calls, where the target allows `n` in a window, the last must arrive a whole
 * window after the first. So `n` distances are a window and a margin: what a start may be late, the jitter of the way to the
 * target, and the difference between two clocks, ahead and behind.
 *
 * Schedule unavailable: what is booked is used, and then nothing is sent. A lane cannot know what the others send, and the limit counts more than the
 * delay.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #waiter: Waiter;
  readonly #jitter: Jitter;
  readonly #lateMs: number;
  /** Booked times, soonest first. */
  #starts: number[] = [];
  #rate: number;
  #booking: Promise<void> | undefined;
  /** Resolves when all findings so far are stored for the other environments. */
  #told: Promise<unknown> = Promise.resolve();
  /** No booking before this. */
  #bookAgainMs = 0;
  /** The invocation's end. */
  #untilMs = 0;
  /** Distance of a first start from now: the time of the slowest of the last bookings, so that the start is not past when the response arrives. */
  #leadMs = AHEAD_MS / 4;
  #isUnavailable = false;
  /** Counts invocations, so that a booking that returns late counts for nothing. */
  #invocation = 0;
  #last: { firstMs: number; lengthMs: number } | undefined;
  /** Starts that this invocation has booked, those that were lost included. */
  bookedStarts = 0;
  pausedUntilMs = 0;
  #share: number | undefined;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#waiter = new Waiter(options.clock);
    this.#rate = options.ratePerSecond;
    const { ms } = windowOf(this.#rate);
    this.#jitter = new Jitter(ms);
    this.#lateMs = LATE_SHARE * ms;
  }

  /** Begins an invocation of about `work` calls that starts none after `untilMs`: what was booked before counts no more. */
  begin(untilMs: number, work: number): void {
    this.#invocation += 1;
    this.#starts = [];
    this.#booking = undefined;
    this.#bookAgainMs = 0;
    this.#untilMs = untilMs;
    this.#last = undefined;
    this.bookedStarts = 0;
    this.#bookAhead(() => work);
  }

  /** Ends an invocation: no request is under way after it, which the environment would be frozen with. */
  async end(): Promise<void> {
    await Promise.all([this.#booking, this.#told]);
  }

  /** This environment's part of the starts that all book, from above 0 to 1. */
  get share(): number {
    return this.#share ?? 1;
  }

  /** Calls per second from the next booking on. */
  setRate(ratePerSecond: number): void {
    this.#rate = ratePerSecond;
  }

  /** No call starts for this long, in any environment. */
  pauseFor(ms: number): void {
    const pausedUntilMs = this.#options.clock.now() + ms;
    this.#pauseUntil(pausedUntilMs);
    this.tell({ pausedUntilMs });
  }

  /** The target refused a call. Returns whether that is explained by calls that arrived less evenly than they started. */
  refused(): boolean {
    return this.#jitter.refused(this.#options.clock.now());
  }

  /** Tells the other environments. Never throws: a rate that does not reach them is learnt anew. */
  tell(news: Parameters<StartSchedule['tell']>[0]): void {
    const telling = this.#options.schedule.tell(news).catch((error: unknown) => {
      this.#options.log.warn('The schedule did not take what was learnt', {
        error: messageOf(error),
      });
    });
    this.#told = Promise.all([this.#told, telling]);
  }

  /**
   * Resolves when one call may start, at once after this; with `undefined` when none may before `byMs`. For one caller at a time.
   *
   * @param work returns how many calls are known to be needed, this one included
   */
  async slot(byMs: number, work: () => number): Promise<Slot | undefined> {
    const { clock } = this.#options;
    for (;;) {
      this.#drop();
      this.#bookAhead(work);
      const startMs = this.#starts[0];
      const nowMs = clock.now();
      if (startMs !== undefined && startMs <= nowMs) return this.#take(nowMs);
      if (nowMs >= byMs) return undefined;
      const nextMs = startMs ?? (this.#booking ? byMs : this.#bookAgainMs);
      await this.#waiter.waitUntil(Math.min(nextMs, byMs));
    }
  }

  #take(nowMs: number): Slot {
    this.#starts.shift();
    return { finished: () => this.#jitter.noteCall(this.#options.clock.now() - nowMs) };
  }

  /** Drops starts that are too late, or in a pause. */
  #drop(): void {
    const fromMs = Math.max(this.#options.clock.now() - this.#lateMs, this.pausedUntilMs);
    while (this.#starts.length > 0 && (this.#starts[0] as number) < fromMs) this.#starts.shift();
  }

  #bookAhead(work: () => number): void {
    const nowMs = this.#options.clock.now();
    if (this.#booking || nowMs < this.#bookAgainMs) return;
    const spacingMs = this.#spacingMs();
    if ((this.#starts.at(-1) ?? 0) + spacingMs > nowMs + AHEAD_MS) return;
    const most = Math.max(1, Math.ceil(BOOKED_MS / spacingMs));
    const starts = Math.min(Math.max(1, work()) - this.#starts.length, most);
    if (starts <= 0) return;
    this.#booking = this.#book(starts, spacingMs, this.#invocation);
  }

  /** Never rejects. */
  async #book(starts: number, spacingMs: number, invocation: number): Promise<void> {
    const { clock, schedule, onState } = this.#options;
    const askedMs = clock.now();
    const earliestMs = Math.max(askedMs + this.#leadMs, this.pausedUntilMs);
    const latestMs = this.#untilMs;
    const jitterMs = this.#jitter.toShare();
    const request = { starts, spacingMs, earliestMs, latestMs, jitterMs };
    const booking = await schedule.book(request).catch((error: unknown) => this.#failed(error));
    if (invocation !== this.#invocation) return;
    this.#booking = undefined;
    if (booking) {
      this.#noteTime(clock.now() - askedMs);
      this.#noteShare(booking.firstMs, starts * spacingMs, earliestMs);
      this.#pauseUntil(booking.pausedUntilMs);
      this.#jitter.adopt(booking.jitterMs, clock.now());
      onState(booking);
    }
    const firstMs = booking?.firstMs;
    if (firstMs === undefined) this.#bookAgainMs = clock.now() + BOOK_AGAIN_MS;
    else {
      this.bookedStarts += starts;
      for (let start = 0; start < starts; start++) this.#starts.push(firstMs + start * spacingMs);
    }
    this.#waiter.wake();
  }

  #noteTime(tookMs: number): void {
    if (this.#isUnavailable) this.#options.log.warn('Start times can be booked again');
    this.#isUnavailable = false;
    this.#leadMs = Math.min(AHEAD_MS, Math.max(tookMs, this.#leadMs - (this.#leadMs - tookMs) / 8));
  }

  /** Between two bookings in a row lies what others booked. After a rest there is nothing to tell it by. */
  #noteShare(firstMs: number | undefined, lengthMs: number, earliestMs: number): void {
    if (firstMs === undefined) return;
    if (this.#last && firstMs > earliestMs) {
      const share = Math.min(1, this.#last.lengthMs / (firstMs - this.#last.firstMs));
      this.#share = this.share + (share - this.share) / (this.#share ? 4 : 1);
    }
    this.#last = { firstMs, lengthMs };
  }

  #failed(error: unknown): undefined {
    if (!this.#isUnavailable)
      this.#options.log.warn('Start times cannot be booked: no event is sent until they can', {
        error: messageOf(error),
      });
    this.#isUnavailable = true;
  }

  #spacingMs(): number {
    const { calls, ms } = windowOf(this.#rate);
    return (ms + this.#lateMs + this.#jitter.ms + 2 * this.#options.clockSkewMs) / calls;
  }

  #pauseUntil(ms: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, ms);
  }
}

/** The longest window within a second that allows a whole number of calls, or the window of one call: 2.5 a second are kept as 2 in 0.8 s. Pure. */
export function windowOf(ratePerSecond: number): { calls: number; ms: number } {
  const calls = Math.max(1, Math.floor(ratePerSecond));
  return { calls, ms: (calls * 1000) / ratePerSecond };
}
