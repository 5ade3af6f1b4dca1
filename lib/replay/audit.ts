import type { Damage, ReadCounts } from '../archive/entry.ts';
import type { LostObject } from '../object-store.ts';
import { findConflicts } from './audit-conflicts.ts';
import { findMissing, findOffenders } from './audit-offenders.ts';
import { AuditReading } from './audit-reading.ts';
import { type Sample, sampleDelivered } from './audit-sample.ts';
import type { AuditOptions, AuditSources } from './audit-sources.ts';
import type { Tally } from './audit-tally.ts';
import { judgeAudit, type Offences, type Verdict } from './audit-verdict.ts';

export interface AuditReport {
  verdict: Verdict;
  /** The verdict is `holds`. */
  holds: boolean;
  /** Reasons for any other verdict than `holds`, for people. */
  findings: string[];
  /** Witnesses that the archive is whole. */
  witnesses: string[];
  /** Events by where they stand; `received` is the sum of those that follow it. */
  events: Tally;
  /** Numbers of events by offence. */
  offences: Offences;
  /** Some of them. */
  offenders: Record<keyof Offences, string[]>;
  /** Events that the target created more than once by the facts, replays included. */
  createdAgain: number;
  acked: number | undefined;
  /** The target's responses about the sample; absent without one. */
  sampled: Sample | undefined;
  /** Start of the time that is left out, since it is too new for the archive; ISO 8601 UTC. */
  excludedFrom: string | undefined;
  archive: ReadCounts;
  /** Some of what could not be read. */
  damages: Damage[];
  /** Objects that were deleted or replaced: how many of those that hold the range, how many elsewhere, and some of both. */
  lostObjects: { count: number; elsewhere: number; some: LostObject[] };
  /** Facts that only the journal holds, and how many of them the archive should hold by now. */
  unarchived: { facts: number; overdue: number };
}

/**
 * Says whether every event received in the range is delivered, dead-lettered, dismissed, given up (and whole in the failures bucket), parked (and whole in
 * the spill bucket), or may still be delivered by the journal. Rejects when a store cannot be reached.
 *
 * An event moves from the spill bucket to the journal and from there to the archive. The stores are read against that direction, so
 * that none is missed on its way: the positions of dispatch, the archive, the buckets, the status table, the journal.
 */
export async function audit(sources: AuditSources, options: AuditOptions): Promise<AuditReport> {
  const reading = new AuditReading(sources, options);
  await reading.run();
  const { books, counts, damages, lost, witnesses, unarchived, excludedFromMs } = reading;
  const missing = await findMissing(books, options);
  if (missing.acked > 0) witnesses.push(`${missing.acked} acknowledged ids`);
  const { events, offences: inBooks, createdAgain } = books.tally();
  const sample = await sampleOf(reading, sources, options);
  const absent = sample?.absent ?? [];
  const { receipts } = reading;
  const conflicts = await findConflicts(reading, sources, options);
  const offences = {
    ...{ ...inBooks, missing: missing.count, notAtTarget: absent.length },
    ...{ notArchived: receipts.missing, conflicting: conflicts.count },
  };
  const offenders = await findOffenders(reading, sources, options);
  const { verdict, findings } = judgeAudit({
    ...{ offences, isArchiveWitnessed: reading.isWitnessed },
    unarchived: unarchived.overdue,
    damaged: counts.damaged,
    wrong: counts.wrong,
    lostObjects: lost.count,
    lostElsewhere: lost.elsewhere,
    journalProblem: reading.journalProblem,
    placeProblem: reading.placeProblem,
    witnessProblem: reading.witnessProblem,
    isEndExcluded: excludedFromMs !== undefined,
    unanswered: sample?.unanswered ?? 0,
    isSampleEmpty: sample?.asked === 0 && events.delivered > 0,
  });
  return {
    ...{ verdict, holds: verdict === 'holds', findings, witnesses },
    ...{ events, offences, createdAgain },
    offenders: {
      ...{ ...offenders, missing: missing.ids, notAtTarget: absent },
      ...{ notArchived: receipts.ids.slice(0, options.shown), conflicting: conflicts.ids },
    },
    acked: options.acked ? missing.acked : undefined,
    sampled: sample,
    excludedFrom: excludedFromMs === undefined ? undefined : new Date(excludedFromMs).toISOString(),
    ...{ archive: counts, damages, lostObjects: lost, unarchived },
  };
}

async function sampleOf(
  { books, range }: AuditReading,
  { archive }: AuditSources,
  { sample, onProgress }: AuditOptions,
): Promise<Sample | undefined> {
  return sample && sampleDelivered({ ...sample, books, archive, range, onProgress });
}
