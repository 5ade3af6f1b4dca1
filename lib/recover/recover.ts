import { isNotification, keysToRecover, type ObjectNotification } from './keys-to-recover.ts';
import { type MoveReport, moveToJournal, type RecoverPorts } from './move-to-journal.ts';
import { releaseParked } from './release-parked.ts';

/** What an invocation did. */
export interface RecoverReport extends Omit<MoveReport, 'moved'> {
  /** Spilled facts now in the journal, their objects deleted. */
  recovered: number;
  /** Parked events now in the journal, their objects deleted. */
  released: number;
  /** Parked events that are due and were not released; at most 10,000 are counted. */
  waiting: number;
  /** Parked events when the run ended, at most 10,000; absent where none were looked for. */
  parked?: number;
  /** Due time of the first of these, in milliseconds since the epoch. */
  nextDueMs?: number | undefined;
}

/**
 * Moves facts from the spill bucket into the journal: for an S3 notification, the objects that it names; for the schedule, first all
 * spilled facts, which were never tried, then at most `mostReleases` parked events that are due.
 */
export async function recover(
  event: ObjectNotification,
  ports: RecoverPorts,
  { mostReleases, untilMs }: { mostReleases: number; untilMs: number },
): Promise<RecoverReport> {
  const keys = keysToRecover(event, ports.spill, ports.clock.now());
  const { moved: recovered, ...spilled } = await moveToJournal(keys, ports, untilMs);
  const report = { recovered, ...spilled, released: 0, waiting: 0 };
  // What was left shows a journal or a bucket that is short of something, or that time is over.
  if (isNotification(event) || spilled.left > 0) return report;
  const parked = await releaseParked(ports, mostReleases, untilMs);
  return {
    recovered,
    released: parked.moved,
    waiting: parked.waiting,
    unreadable: spilled.unreadable + parked.unreadable,
    gone: spilled.gone + parked.gone,
    left: parked.left,
    parked: parked.parked,
    nextDueMs: parked.nextDueMs,
  };
}
