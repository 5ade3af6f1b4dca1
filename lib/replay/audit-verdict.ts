import type { Offence } from './audit-tally.ts';

/**
 * `holds`: every event of the range is accounted for, and a second witness tells that the archive is whole. `does not hold`: an event is lost, was created twice in one run, or is not at the target. `not proven`: neither can be said; the findings tell why.
 */
export type Verdict = 'holds' | 'does not hold' | 'not proven';

export type Offences = Record<
  Offence | 'missing' | 'notAtTarget' | 'notArchived' | 'conflicting',
  number
>;

/** Findings of an audit that its verdict depends on. */
export interface Evidence {
  offences: Offences;
  /** Places that could not be read. */
  damaged: number;
  /** Those among them before which facts may be wrong, though they look right. */
  wrong: number;
  /** Objects of the archive that were deleted or replaced, by the versions of the bucket. */
  lostObjects: number;
  /** The same of objects that hold nothing of the range. */
  lostElsewhere: number;
  /** Facts that the journal holds and the archive should hold by now. */
  unarchived: number;
  /** The reason why the journal was not read to its tip; absent if it was, or need not be. */
  journalProblem?: string | undefined;
  /** The reason why the places of open events in the journal do not tell whether they may still be delivered. */
  placeProblem?: string | undefined;
  /** The versions of the bucket or the journal prove that the archive is whole, ends included. The status table does not count here: it knows receipts only. */
  isArchiveWitnessed: boolean;
  /** The reason why the range has no witness, not even acknowledged ids; absent if it has one. */
  witnessProblem?: string | undefined;
  /** The end of the range is too new for the archive, and there is no journal to read. */
  isEndExcluded: boolean;
  /** Sampled events about which the target gave no answer. */
  unanswered: number;
  /** A sample was wanted, and the archive holds no event yet that could be in it. */
  isSampleEmpty: boolean;
}

/** The verdict, and the findings that it rests on, the gravest first. Pure. */
export function judgeAudit(evidence: Evidence): { verdict: Verdict; findings: string[] } {
  const { offences, isArchiveWitnessed, isEndExcluded } = evidence;
  const gaps = gapsOf(evidence);
  const lost = count(offences.unaccounted, 'received, have no end, and lie in no other store');
  const missing = count(offences.missing, 'acknowledged, but not received');
  // Absence proves nothing while a part of the archive is unknown.
  const isAbsenceProof = isArchiveWitnessed && gaps.length === 0;
  // What is there proves itself, unless it may be wrong.
  const present = [
    ...count(offences.deliveredTwice, 'created twice at the target in one run'),
    ...count(offences.notAtTarget, 'delivered, but the target does not have them'),
  ];
  const proven = [
    ...(evidence.wrong === 0 ? present : []),
    ...(isAbsenceProof ? lost : []),
    ...(isAbsenceProof && !isEndExcluded ? missing : []),
  ];
  const open = [...present, ...lost, ...missing, ...gaps, ...openQuestionsOf(evidence)].filter(
    (finding) => !proven.includes(finding),
  );
  if (proven.length > 0) return { verdict: 'does not hold', findings: [...proven, ...open] };
  return { verdict: open.length > 0 ? 'not proven' : 'holds', findings: open };
}

/** Returns the signs of facts that exist or existed and were not read. */
function gapsOf({ offences, damaged, lostObjects, unarchived }: Evidence): string[] {
  return [
    damaged > 0 ? [`${places(damaged)} could not be read`] : [],
    lostObjects > 0
      ? [`${lostObjects} object(s) of the archive were deleted or replaced: restore them`]
      : [],
    count(offences.neverReceived, 'ended, but the archive does not hold that they were received'),
    count(offences.notArchived, 'received by the status table, but not in the archive'),
    unarchived > 0
      ? [`${unarchived} fact(s) of the journal should be in the archive by now, and are not`]
      : [],
  ].flat();
}

/** Returns the questions that a later audit, or one with more access, can answer. */
function openQuestionsOf(evidence: Evidence): string[] {
  const { offences, journalProblem, witnessProblem, unanswered, lostElsewhere } = evidence;
  const { isSampleEmpty, placeProblem } = evidence;
  return [
    lostElsewhere > 0
      ? [`${lostElsewhere} object(s) of another time were deleted or replaced: restore them`]
      : [],
    count(
      offences.unjudged,
      'have no end, and it is not known whether they may still be delivered',
    ),
    placeProblem === undefined ? [] : [placeProblem],
    journalProblem === undefined ? [] : [journalProblem],
    witnessProblem === undefined ? [] : [witnessProblem],
    count(unanswered, 'could not be looked up at the target'),
    isSampleEmpty
      ? ['the sample is empty: the archive holds no delivered event of the range yet']
      : [],
  ].flat();
}

const count = (events: number, what: string): string[] =>
  events > 0 ? [`${events} event(s): ${what}`] : [];

const places = (number: number) => (number === 1 ? '1 place' : `${number} places`);
