import type { DeadLetterReason } from '../lib/event/fact.ts';
import type { Clock } from '../lib/ports.ts';
import type { LocalMeasurement } from './metrics/metrics-registry.ts';

/** Ages of the oldest event at which a notice says that the backlog grows, in milliseconds. */
const AGES_MS = [10_000, 60_000, 600_000, 3_600_000];

/** Below this age, a backlog counts as worked off. */
const UP_TO_DATE_MS = 2000;

/** No lane has taken an old event for this long: the backlog is worked off. Lanes differ in how late they are. */
const QUIET_MS = 10_000;

/** Further dead letters of a reason share a notice: first after 5 s, then each minute. */
const TOGETHER_MS = { first: 5000, next: 60_000 };

type Counts = Partial<Record<DeadLetterReason, number>>;

/** The dead letters among measurements, by reason. Pure. */
export function deadLettersIn(measurements: readonly LocalMeasurement[]): Counts {
  const counts: Record<string, number> = {};
  for (const { metric, value, of } of measurements)
    if (metric === 'DeadLetters' && of !== undefined) counts[of] = Number(value);
  return counts;
}

/** Tells a person of changes in the pipeline, each once and never a flood. */
export interface ChangeNotices {
  /** Dispatch dead-lettered events, in one batch. */
  deadLettered(counts: Counts): void;
  /** Dispatch takes a batch whose oldest event arrived so long ago. */
  took(ageMs: number): void;
  /** Dispatch was paused or resumed. */
  dispatching(isEnabled: boolean): void;
  /** Cancels pending notices: their timers would keep the process alive. */
  stop(): void;
}

export function createChangeNotices(tell: (line: string) => void, clock: Clock): ChangeNotices {
  const totals = new Map<DeadLetterReason, number>();
  /** Reasons with a later notice scheduled. */
  const waiting = new Map<DeadLetterReason, () => void>();
  let told = 0;
  let lateMs = Number.NEGATIVE_INFINITY;

  function tellLater(reason: DeadLetterReason, known: number, ms: number): void {
    const cancel = clock.after(ms, () => {
      const total = totals.get(reason) ?? 0;
      waiting.delete(reason);
      if (total === known) return;
      tell(`Dead letters: ${total} ${reason} so far.`);
      tellLater(reason, total, TOGETHER_MS.next);
    });
    waiting.set(reason, cancel);
  }

  return {
    deadLettered(counts) {
      for (const [name, count] of Object.entries(counts)) {
        const reason = name as DeadLetterReason;
        const before = totals.get(reason) ?? 0;
        totals.set(reason, before + count);
        if (waiting.has(reason)) continue;
        const advice = before === 0 ? ': see the console, or npm run dismiss -- --list' : '';
        tell(`Dead letters: ${before + count} ${reason} so far${advice}.`);
        tellLater(reason, before + count, TOGETHER_MS.first);
      }
    },
    took(ageMs) {
      if (ageMs >= UP_TO_DATE_MS) lateMs = clock.now();
      const passed = AGES_MS.filter((age) => ageMs >= age).length;
      if (passed > told) {
        told = passed;
        tell(
          `The backlog grows: dispatch takes events that have waited ${Math.round(ageMs / 1000)} s.`,
        );
      } else if (told > 0 && clock.now() - lateMs >= QUIET_MS) {
        told = 0;
        tell('The backlog is worked off: dispatch is up to date.');
      }
    },
    stop() {
      for (const cancel of waiting.values()) cancel();
      waiting.clear();
    },
    dispatching(isEnabled) {
      tell(
        isEnabled
          ? 'Dispatch is resumed: deliveries go on.'
          : 'Dispatch is paused: events are accepted and kept, and none is delivered until npm run resume.',
      );
    },
  };
}
