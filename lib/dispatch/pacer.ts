import { Waiter } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Log } from '../log.ts';
import type { Clock, ScheduleState, StartSchedule } from '../ports.ts';

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

/** A start may be late by this share of the limit's window (4 ms of a second). What is later is lost: it would run into the next window. */
const LATE_SHARE = 0.004;

interface Block {
  nextMs: number;
  spacingMs: number;
  left: number;
}

/**
 * Grants the starts of an invocation's calls at times that were booked from the schedule that all lanes share.
 *
 * An invocation begins with nothing booked. While it has work, it keeps starts booked for the next 100 ms; each booking is for as many calls
 * as there is work, at most for 250 ms of the rate. A start is granted at its time, or up to 4 ms after it; otherwise it is lost, and so is what an
 * invocation has left when it ends. Nothing is kept for the next invocation, which another environment may serve.
 *
 * The distance of two starts follows from the limit: of any `n + 1` calls, where the target allows `n` in a window, the last must arrive a whole
 * window after the first. So `n` distances are a window and a margin: what a start may be late, the jitter of the way to the target, and the
 * difference between two clocks, ahead and behind.
 *
 * Schedule unavailable: what is booked is used, and then nothing is sent. A lane cannot know what the others send, and the limit counts more than the
 * delay. Booking is tried again every second.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #waiter: Waiter;
  readonly #jitter = new Jitter();
  #blocks: Block[] = [];
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
  /** This environment's part of the starts that all book, from above 0 to 1. */
  share = 1;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#waiter = new Waiter(options.clock);
    this.#rate = options.ratePerSecond;
  }

  /** Begins an invocation of about `work` calls that starts none after `untilMs`: what was booked before counts no more. */
  begin(untilMs: number, work: number): void {
    this.#invocation += 1;
    this.#blocks = [];
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

  /** The target refused a call. */
  refused(): void {
    this.#jitter.refused();
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
      const nextMs = this.#blocks[0]?.nextMs ?? (this.#booking ? byMs : this.#bookAgainMs);
      const nowMs = clock.now();
      if (this.#blocks.length > 0 && nextMs <= nowMs) return this.#take();
      if (nowMs >= byMs) return undefined;
      await this.#waiter.waitUntil(Math.min(nextMs, byMs));
    }
  }

  #take(): Slot {
    const block = this.#blocks[0] as Block;
    advance(block);
    const startedMs = this.#options.clock.now();
    return { finished: () => this.#jitter.note(this.#options.clock.now() - startedMs) };
  }

  /** Drops starts that are too late, or in a pause. */
  #drop(): void {
    const { clock, ratePerSecond } = this.#options;
    const lateMs = LATE_SHARE * windowOf(ratePerSecond).ms;
    const fromMs = Math.max(clock.now() - lateMs, this.pausedUntilMs);
    for (let block = this.#blocks[0]; block; block = this.#blocks[0]) {
      while (block.left > 0 && block.nextMs < fromMs) advance(block);
      if (block.left > 0) return;
      this.#blocks.shift();
    }
  }

  #bookAhead(work: () => number): void {
    const nowMs = this.#options.clock.now();
    if (this.#booking || nowMs < this.#bookAgainMs) return;
    const last = this.#blocks.at(-1);
    if (last && last.nextMs + last.left * last.spacingMs > nowMs + AHEAD_MS) return;
    const booked = this.#blocks.reduce((sum, { left }) => sum + left, 0);
    const spacingMs = this.#spacingMs();
    const most = Math.max(1, Math.ceil(BOOKED_MS / spacingMs));
    const starts = Math.min(Math.max(1, work()) - booked, most);
    if (starts <= 0) return;
    this.#booking = this.#book(starts, spacingMs, this.#invocation);
  }

  /** Never rejects. */
  async #book(starts: number, spacingMs: number, invocation: number): Promise<void> {
    const { clock, schedule, onState } = this.#options;
    const askedMs = clock.now();
    const earliestMs = Math.max(askedMs + this.#leadMs, this.pausedUntilMs);
    const latestMs = this.#untilMs;
    const request = { starts, spacingMs, earliestMs, latestMs };
    const booking = await schedule.book(request).catch((error: unknown) => this.#failed(error));
    if (invocation !== this.#invocation) return;
    this.#booking = undefined;
    if (booking) {
      this.#noteTime(clock.now() - askedMs);
      this.#noteShare(booking.firstMs, starts * spacingMs, earliestMs);
      this.#pauseUntil(booking.pausedUntilMs);
      onState(booking);
    }
    if (booking?.firstMs === undefined) this.#bookAgainMs = clock.now() + BOOK_AGAIN_MS;
    else {
      this.bookedStarts += starts;
      this.#blocks.push({ nextMs: booking.firstMs, spacingMs, left: starts });
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
      const share = this.#last.lengthMs / (firstMs - this.#last.firstMs);
      this.share += (Math.min(1, share) - this.share) / 4;
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
    const { clockSkewMs } = this.#options;
    const { calls, ms } = windowOf(this.#rate);
    const marginMs = LATE_SHARE * ms + this.#jitter.ms + 2 * clockSkewMs;
    return (ms + marginMs) / calls;
  }

  #pauseUntil(ms: number): void {
    this.pausedUntilMs = Math.max(this.pausedUntilMs, ms);
  }
}

function advance(block: Block): void {
  block.nextMs += block.spacingMs;
  block.left -= 1;
}

/** The longest window within a second that allows a whole number of calls, or the window of one call: 2.5 a second are kept as 2 in 0.8 s. Pure. */
export function windowOf(ratePerSecond: number): { calls: number; ms: number } {
  const calls = Math.max(1, Math.floor(ratePerSecond));
  return { calls, ms: (calls * 1000) / ratePerSecond };
}

/** Latencies that are remembered. */
const KEPT = 256;
/** More is not allowed for at first, since a target whose work takes a varying time would be called too slowly for it; after refused calls, up to this. */
const MOST_MS = { atFirst: 20, afterRefusals: 100 };

/**
 * Estimates how much longer one call takes to reach the target than another, in milliseconds. That cannot be measured; half of the spread of
 * whole latencies is taken, without the slowest of 256.
 */
class Jitter {
  readonly #latencies: number[] = [];
  #noted = 0;
  #mostMs = MOST_MS.atFirst;
  /** Half of the most, until something is known. */
  ms = MOST_MS.atFirst / 2;

  /** The target refused a call, perhaps since calls arrived less evenly than they were sent. */
  refused(): void {
    this.#mostMs = MOST_MS.afterRefusals;
  }

  note(latencyMs: number): void {
    this.#latencies[this.#noted % KEPT] = latencyMs;
    this.#noted += 1;
    if (this.#noted % (KEPT / 8) !== 0) return;
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const spreadMs = (sorted.at(-2) ?? 0) - (sorted[0] ?? 0);
    this.ms = Math.min(this.#mostMs, spreadMs / 2);
  }
}
