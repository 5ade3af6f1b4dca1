import { describe, expect, it } from 'vitest';
import { type Evidence, judgeAudit, type Offences } from '../../../lib/replay/audit-verdict.ts';

const NONE: Offences = {
  ...{ unaccounted: 0, unjudged: 0, neverReceived: 0, deliveredTwice: 0 },
  ...{ givenUp: 0, missing: 0, notAtTarget: 0, notArchived: 0, conflicting: 0 },
};

type Given = Partial<Omit<Evidence, 'offences'>> & { offences?: Partial<Offences> };

function judge({ offences, ...given }: Given) {
  return judgeAudit({
    offences: { ...NONE, ...offences },
    ...{ damaged: 0, wrong: 0, lostObjects: 0, lostElsewhere: 0, unarchived: 0, unanswered: 0 },
    ...{ isArchiveWitnessed: true, isEndExcluded: false, isSampleEmpty: false },
    ...given,
  });
}

describe('judgeAudit', () => {
  it.each<[string, Given]>([
    ['nothing was found', {}],
    ['events were given up, which can be brought back', { offences: { givenUp: 3 } }],
    [
      'an id came with several bodies, which is for its source to mend',
      { offences: { conflicting: 2 } },
    ],
    ['the end of the range is left out', { isEndExcluded: true }],
    ['acknowledged ids are the only witness', { isArchiveWitnessed: false }],
  ])('holds when %s', (_, given) => {
    expect(judge(given)).toEqual({ verdict: 'holds', findings: [] });
  });

  it.each<[string, Given]>([
    ['an event is lost', { offences: { unaccounted: 1 } }],
    ['an acknowledged id is missing', { offences: { missing: 1 } }],
    ['an event was created twice', { offences: { deliveredTwice: 1 } }],
    [
      'an event was created twice, whatever is missing',
      { offences: { deliveredTwice: 1 }, damaged: 1 },
    ],
    ['the target lacks a delivered event', { offences: { notAtTarget: 1 }, lostObjects: 1 }],
  ])('does not hold when %s', (_, given) => {
    expect(judge(given).verdict).toBe('does not hold');
  });

  const gaps: [string, Given][] = [
    ['a place cannot be read', { damaged: 1 }],
    ['an object is gone', { lostObjects: 1 }],
    ['the archive lacks what the journal has', { unarchived: 1 }],
    ['an end has no beginning', { offences: { neverReceived: 1 } }],
    ['the archive lacks what the status table has', { offences: { notArchived: 1 } }],
  ];

  it.each<[string, Given]>([
    ...gaps,
    ['an object of another time is gone', { lostElsewhere: 1 }],
    ['an event cannot be judged', { offences: { unjudged: 1 } }],
    ['the journal cannot be read', { journalProblem: 'denied' }],
    ['no position of dispatch is known', { placeProblem: 'no position' }],
    [
      'nothing speaks for the archive',
      { witnessProblem: 'no versions', isArchiveWitnessed: false },
    ],
    ['the target gave no answer', { unanswered: 1 }],
    ['no event could be asked about', { isSampleEmpty: true }],
  ])('is not proven when %s', (_, given) => {
    const { verdict, findings } = judge(given);
    expect({ verdict, findings: findings.length }).toEqual({ verdict: 'not proven', findings: 1 });
  });

  it.each<[string, Given]>([
    ...gaps,
    ['nothing speaks for the archive', { isArchiveWitnessed: false }],
  ])('proves no loss where %s', (_, given) => {
    const offences = { unaccounted: 1, missing: 1, ...given.offences };
    expect(judge({ ...given, offences })).toMatchObject({
      verdict: 'not proven',
      findings: expect.arrayContaining([
        expect.stringContaining('have no end'),
        expect.stringContaining('acknowledged'),
      ]),
    });
  });

  it('proves nothing by facts that may be wrong', () => {
    const offences = { deliveredTwice: 1, notAtTarget: 1 };
    expect(judge({ offences, damaged: 1, wrong: 1 })).toMatchObject({
      verdict: 'not proven',
      findings: [/created twice/, /does not have/, /could not be read/].map((text) =>
        expect.stringMatching(text),
      ),
    });
  });

  it('does not miss an id that may be too new to be read', () => {
    const offences = { missing: 1 };
    expect(judge({ offences, isEndExcluded: true }).verdict).toBe('not proven');
  });
});
