import type { Backoff } from '../backoff.ts';
import { JournalUnavailableError, messageOf, NotDurableError } from '../errors.ts';
import type { ReceivedFact } from '../event/fact.ts';
import type { Log } from '../log.ts';
import type { AppendToJournal, Clock, SpillStore } from '../ports.ts';
import { JournalTrouble } from './journal-trouble.ts';
import { retryUntil } from './retry-until.ts';
import { Stop } from './stop.ts';
import { within } from './within.ts';

/** Which store made an event durable. */
export type Durability = 'stream' | 'spill';

export interface DurabilitySettings {
  /** One attempt to append. */
  appendTimeoutMs: number;
  /** When the spill store is asked besides, counted from the request's arrival. */
  spillAfterMs: number;
  /** When it is over, counted from the request's arrival. */
  budgetMs: number;
}

export interface DurabilityPorts {
  append: AppendToJournal;
  spill: SpillStore;
  clock: Clock;
  random: () => number;
  log: Log;
}

/** Makes a fact durable in the journal or, when that is late or refuses, in the spill store. */
export type MakeDurable = (fact: ReceivedFact, arrivedAtMs: number) => Promise<Durability>;

/** After so many failures at once the journal is left alone until the spill store has had its turn; what hangs is bounded by time. */
const JOURNAL_PATIENCE = 5;
const BACKOFF: Backoff = { baseMs: 10, maxMs: 40 };

/** However late a request already is (a cold start counts), the stores get so much time … */
const LEAST_TIME_MS = 250;

/** … and so much where the source no longer waits: what it will not send again should at least be stored. */
const SOURCE_PATIENCE_MS = 500;
const TIME_WHEN_TOO_LATE_MS = 1000;

/** What an append takes at most on a good day. */
const USUAL_APPEND_MS = 40;

/** While the journal is in trouble, the spill store has so long before the journal is asked besides. */
const USUAL_SPILL_MS = 60;

/**
 * Two stores, either of which is enough, and one deadline. The journal is asked first, with another hash key on every retry so
 * that no single shard can fail an event; the spill store joins in early enough that both fit into the budget. While the journal is
 * in trouble it is the other way round, but for a request now and then that tries the journal: a stream that throttles is not
 * asked more than before. Once one store has the fact, the other attempt is given up. Rejects with `NotDurableError`
 * when neither took it in time.
 */
export function createMakeDurable(
  { append, spill, clock, random, log }: DurabilityPorts,
  { appendTimeoutMs, spillAfterMs, budgetMs }: DurabilitySettings,
): MakeDurable {
  const trouble = new JournalTrouble();

  function persist(
    attempt: (number: number) => Promise<void>,
    { deadlineMs, decided }: Race,
  ): Promise<void> {
    const limits = { deadlineMs, stop: decided, backoff: BACKOFF };
    return retryUntil(attempt, { ...limits, clock, random });
  }

  async function appendInTime(fact: ReceivedFact, race: Race): Promise<Durability> {
    const { order, appendAtMs, deadlineMs, decided, spillLate, journalLate } = race;
    await spillLate.sleep(appendAtMs - clock.now(), clock);
    // The spill store has it: nobody waits for this any more.
    if (decided.stopped) return 'stream';
    let mayRepeat = false;
    await persist(async (number) => {
      if (number >= JOURNAL_PATIENCE) await spillLate.sleep(USUAL_SPILL_MS, clock);
      if (decided.stopped) throw new Error('the spill store has it');
      const untilMs = Math.min(deadlineMs, clock.now() + appendTimeoutMs);
      const copy = mayRepeat ? { ...fact, mayRepeat } : fact;
      const attempt = (signal: AbortSignal) => append(copy, { signal, elsewhere: number > 0 });
      await within(attempt, { untilMs, stop: decided, clock }).catch((error) => {
        if (order !== 'journal' || number + 1 >= JOURNAL_PATIENCE) journalLate.stop();
        mayRepeat ||= !(error instanceof JournalUnavailableError) || error.mayHaveAppended;
        throw error;
      });
    }, race);
    trouble.isOver();
    return 'stream';
  }

  async function spillInTime(fact: ReceivedFact, race: Race): Promise<Durability> {
    const { spillAtMs, deadlineMs, spillLate, journalLate, decided } = race;
    await journalLate.sleep(spillAtMs - clock.now(), clock);
    // The journal has it.
    if (decided.stopped) return 'spill';
    const attempt = (signal: AbortSignal) => spill.write(fact, signal);
    await persist(
      () =>
        within(attempt, { untilMs: deadlineMs, stop: decided, clock }).catch((error) => {
          spillLate.stop();
          throw error;
        }),
      race,
    );
    return 'spill';
  }

  return async (fact, arrivedAtMs) => {
    const race = startRace(arrivedAtMs);
    const appending = appendInTime(fact, race);
    try {
      const durability = await Promise.any([appending, spillInTime(fact, race)]);
      if (durability === 'spill') tellSpilled(fact);
      return durability;
    } catch (error) {
      const [journal, spilling] = (error as AggregateError).errors.map(messageOf);
      throw new NotDurableError(
        `Neither store took event ${fact.eventId} in time. Journal: ${journal}. Spill: ${spilling}.`,
      );
    } finally {
      for (const stop of [race.decided, race.journalLate, race.spillLate]) stop.stop();
    }
  };

  function startRace(arrivedAtMs: number): Race {
    const nowMs = clock.now();
    const order = trouble.orderAt(nowMs);
    const isTooLate = nowMs - arrivedAtMs >= SOURCE_PATIENCE_MS;
    const leastMs = isTooLate ? TIME_WHEN_TOO_LATE_MS : LEAST_TIME_MS;
    const deadlineMs = Math.max(arrivedAtMs + budgetMs, nowMs + leastMs);
    const lateMs = Math.max(arrivedAtMs + spillAfterMs, nowMs + USUAL_APPEND_MS);
    const spillAtMs = order === 'spill' ? nowMs : lateMs;
    const appendAtMs = order === 'spill' ? nowMs + USUAL_SPILL_MS : nowMs;
    const stops = { journalLate: new Stop(), spillLate: new Stop(), decided: new Stop() };
    return { order, deadlineMs, spillAtMs, appendAtMs, ...stops };
  }

  function tellSpilled({ eventId, traceId }: ReceivedFact): void {
    trouble.metAt(clock.now());
    log.warn('The journal did not take an event in time: it is in the spill bucket', {
      eventId,
      traceId,
    });
  }
}

interface Race {
  order: ReturnType<JournalTrouble['orderAt']>;
  deadlineMs: number;
  spillAtMs: number;
  appendAtMs: number;
  /** There is no point in waiting for the journal any longer. */
  journalLate: Stop;
  /** Nor for the spill store. */
  spillLate: Stop;
  /** One store has the fact, or time is over. */
  decided: Stop;
}
