import type { Measurement } from '../metrics/measurement.ts';
import type { RecoverReport } from './recover.ts';

/** The metrics of a run. One that a notification started says nothing of what is parked or left. Pure. */
export function measurementsOf(
  { recovered, released, waiting, left, parked, nextDueMs }: RecoverReport,
  { nowMs, isScheduled }: { nowMs: number; isScheduled: boolean },
): Measurement[] {
  const moved: Measurement[] = [
    { metric: 'Recovered', value: recovered },
    { metric: 'Released', value: released },
  ];
  if (!isScheduled) return moved;
  // Without a look at the parked events, all that was left is spilled ones.
  if (parked === undefined) return [...moved, { metric: 'SpillLeft', value: left }];
  return [
    ...moved,
    { metric: 'SpillLeft', value: 0 },
    { metric: 'Parked', value: parked },
    { metric: 'ParkedDue', value: waiting },
    ...(nextDueMs === undefined
      ? []
      : [{ metric: 'NextDue' as const, value: Math.max(0, (nextDueMs - nowMs) / 1000) }]),
  ];
}
