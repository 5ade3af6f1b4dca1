import type { Place } from '../archive/entry.ts';
import type { ReceivedFact, Replay } from '../event/fact.ts';
import type { Clock, Journal } from '../ports.ts';
import { type ChosenFact, replayedFact } from './replayed-facts.ts';
import { groupSize, type PaceLimits, WritePace } from './write-pace.ts';

/** What a run has done up to a place in what it reads. */
export interface Progress extends Place {
  /** Events of this group that the journal took. */
  appended: string[];
  /** Events of this group that it did not take, however often it was asked. */
  refused: string[];
}

/** Remembers how far a run has come, so that it can be taken up again. */
export interface RunLog {
  /** Resolves once it is kept. Called in order. */
  note(progress: Progress): Promise<void>;
}

export interface RunState {
  appended: number;
  refused: number;
  /** Why nothing is appended at the moment, if so. */
  held: string | undefined;
}

export interface RunOptions {
  replay: Replay;
  journal: Journal;
  limits: PaceLimits;
  /** What may be used now of the rate, in events per second; absent: all of it. */
  rateNow?: () => number;
  /** How far dispatch is behind, in milliseconds. */
  lagMs: () => number;
  /** While dispatch is further behind, the replay waits. */
  maxLagMs: number;
  /** It waits for at most this long at a time, in milliseconds; then the run ends. Default 15 minutes. */
  maxHoldMs?: number;
  /** Asked before each append. Where it returns false, another run may have begun, and this one ends. */
  mayAppend?: () => boolean;
  /** The target is known to have none of the events: they are sent without a lookup. */
  intoEmptyTarget?: boolean;
  log: RunLog;
  clock: Clock;
  /** Ends the run; what is being appended is finished and noted first. */
  signal: AbortSignal;
  onState?: (state: RunState) => void;
}

export interface RunResult {
  appended: number;
  /** Events that the journal did not take. */
  refused: string[];
  /**
   * `stopped`: by the signal; `unavailable`: the journal takes nothing; `behind`: dispatch did not catch up; `replaced`: another run may have begun.
   */
  end: 'done' | 'stopped' | 'unavailable' | 'behind' | 'replaced';
}

/** Groups that are being appended at once: one that has to be repeated in part must not hold up the next. */
const MAX_IN_FLIGHT = 4;

/** How often what the journal refused is offered again; each time it tries several rounds by itself. */
const OFFERS = 5;

/** So many groups in a row of which nothing was taken mean that the journal takes nothing. */
const UNAVAILABLE_AFTER = 2;

const LAG_POLL_MS = 1000;

/** Dispatch catches up within minutes, or something is wrong that waiting does not mend. */
const MAX_HOLD_MS = 15 * 60_000;

/** Appends the chosen facts at the pace of `limits`, each as a `received` fact of the run. Never rejects for what the journal refuses. */
export async function runReplay(
  chosen: AsyncIterable<ChosenFact>,
  options: RunOptions,
): Promise<RunResult> {
  const run = new ReplayRun(options);
  for await (const group of groupsOf(chosen, groupSize(options.limits))) {
    if (!(await run.append(group))) break;
  }
  return run.finish();
}

async function* groupsOf<Item>(items: AsyncIterable<Item>, size: number): AsyncGenerator<Item[]> {
  let group: Item[] = [];
  for await (const item of items) {
    group.push(item);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

class ReplayRun {
  readonly #options: RunOptions;
  readonly #pace: WritePace;
  readonly #inFlight = new Set<Promise<unknown>>();
  readonly #refused: string[] = [];
  #appended = 0;
  /** Groups are noted in their order, however they end. */
  #noted: Promise<void> = Promise.resolve();
  #untaken = 0;
  #end: RunResult['end'] = 'done';

  constructor(options: RunOptions) {
    this.#options = options;
    this.#pace = new WritePace(options.limits);
  }

  /** Begins to append a group when it may; false when the run is over. */
  async append(group: ChosenFact[]): Promise<boolean> {
    const { clock, signal, rateNow } = this.#options;
    await this.#waitForLag();
    const bytes = group.reduce((sum, { text }) => sum + text.length, 0);
    const size = { facts: group.length, bytes };
    const waitMs = this.#pace.book(size, clock.now(), rateNow?.()) - clock.now();
    if (waitMs > 0) await clock.sleep(waitMs, signal);
    while (this.#inFlight.size >= MAX_IN_FLIGHT) await Promise.race(this.#inFlight);
    if (this.#end === 'done' && signal.aborted) this.#end = 'stopped';
    if (this.#end === 'done' && this.#options.mayAppend?.() === false) this.#end = 'replaced';
    if (this.#end !== 'done') return false;
    const appending = this.#offer(group);
    this.#inFlight.add(appending);
    void appending.then(() => this.#inFlight.delete(appending));
    this.#noted = this.#noted.then(async () => this.#note(group, await appending));
    // What cannot be noted could not be taken up again: the run ends, and whoever finishes it is told.
    this.#noted.catch(() => {
      this.#end = 'stopped';
    });
    return true;
  }

  async finish(): Promise<RunResult> {
    await this.#noted;
    return { appended: this.#appended, refused: this.#refused, end: this.#end };
  }

  async #waitForLag(): Promise<void> {
    const { lagMs, maxLagMs, maxHoldMs = MAX_HOLD_MS, clock, signal } = this.#options;
    const untilMs = clock.now() + maxHoldMs;
    for (let lag = lagMs(); lag > maxLagMs && !signal.aborted; lag = lagMs()) {
      if (clock.now() >= untilMs) {
        this.#end = 'behind';
        return;
      }
      this.#tell(`waits: dispatch is ${Math.round(lag / 1000)} s behind`);
      await clock.sleep(LAG_POLL_MS, signal);
    }
  }

  /** Offers a group until all of it is taken, or it has been refused often enough; answers what is left. */
  async #offer(group: ChosenFact[]): Promise<Set<string>> {
    const { journal, replay, clock, signal, intoEmptyTarget = false } = this.#options;
    const run = { replay, mayRepeat: !intoEmptyTarget };
    let left: ReceivedFact[] = group.map((chosen) => replayedFact(chosen, run, clock.now()));
    for (let offer = 0; offer < OFFERS && left.length > 0; offer++) {
      if (offer > 0 && (signal.aborted || this.#options.mayAppend?.() === false)) break;
      left = (await journal.appendAll(left)) as ReceivedFact[];
    }
    return new Set(left.map(({ eventId }) => eventId));
  }

  async #note(group: ChosenFact[], left: Set<string>): Promise<void> {
    this.#untaken = left.size === group.length ? this.#untaken + 1 : 0;
    if (this.#untaken >= UNAVAILABLE_AFTER) this.#end = 'unavailable';
    const last = group.at(-1);
    if (!last) return;
    const ids = group.map(({ fact }) => fact.eventId);
    const appended = ids.filter((id) => !left.has(id));
    this.#appended += appended.length;
    this.#refused.push(...left);
    const { key, line } = last;
    await this.#options.log.note({ key, line, appended, refused: [...left] });
    this.#tell(undefined);
  }

  #tell(held: string | undefined): void {
    const { onState } = this.#options;
    onState?.({ appended: this.#appended, refused: this.#refused.length, held });
  }
}
