import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BatchReport } from '../../../lib/dispatch/batch-report.ts';
import { Circuit } from '../../../lib/dispatch/circuit.ts';
import { CrashSuspicion } from '../../../lib/dispatch/crash-suspicion.ts';
import { deliverBatch } from '../../../lib/dispatch/deliver-batch.ts';
import type { Lane } from '../../../lib/dispatch/lane.ts';
import { DEFAULT_CODES } from '../../../lib/dispatch/outcome.ts';
import { RateControl } from '../../../lib/dispatch/rate-control.ts';
import { SettledMemory } from '../../../lib/dispatch/settled-memory.ts';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { DeadLetteredFact, Fact } from '../../../lib/event/fact.ts';
import type { BatchRecord } from '../../../lib/kinesis-batch.ts';
import type { TargetAnswer } from '../../../lib/ports.ts';
import { InMemoryJournal } from '../../support/in-memory-journal.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { graphQlError, NO_ANSWER, ScriptedTarget, status } from '../../support/scripted-target.ts';
import { createTestLog } from '../../support/test-log.ts';

const BUDGET_MS = 100_000;
const START_MS = Date.UTC(2026, 0, 1);
const SHARD = 'shardId-000000000000';

/** What the target makes of a creation, by the words of a property test's script. */
const ANSWERS: Record<string, TargetAnswer | 'lost'> = {
  '500': status(500),
  '429': status(429, '1'),
  '400': status(400),
  lost: 'lost',
};

function setUp(errorsExpected = false) {
  const clock = new ManualClock(START_MS);
  const target = new ScriptedTarget();
  const journal = new InMemoryJournal();
  let pausedUntilMs = 0;
  const pacer = {
    slot: async () => ({ finished: () => undefined }),
    setRate: () => undefined,
    setTurn: () => undefined,
    pauseFor: (ms: number) => {
      pausedUntilMs = clock.now() + ms;
    },
    get pausedUntilMs() {
      return pausedUntilMs;
    },
  };
  const lane: Lane = {
    target,
    journal,
    pacer,
    rate: new RateControl(1000),
    circuit: new Circuit(),
    suspicion: new CrashSuspicion(20),
    memory: new SettledMemory(),
    clock,
    random: () => 1,
    log: createTestLog({ errorsExpected }),
    settings: {
      brand: 'acme',
      maxInFlight: 20,
      groups: { creations: 1, lookups: 10 },
      codes: DEFAULT_CODES,
      verifyAfterCrash: false,
      maxAttempts: 3,
      backoff: { baseMs: 100, maxMs: 2000 },
      throttlePauseMs: 1000,
      retryAfterMaxMs: 60_000,
    },
  };

  /** Runs a batch to its end while time passes. */
  async function deliver(records: BatchRecord[], budgetMs = BUDGET_MS): Promise<BatchReport> {
    let report: BatchReport | undefined;
    const stopAtMs = clock.now() + budgetMs;
    const running = deliverBatch({ shardId: SHARD, records }, lane, {
      stopAtMs,
      appendUntilMs: stopAtMs + 1000,
    }).then((done) => {
      report = done;
    });
    while (!report && clock.now() <= stopAtMs) await clock.advance(50);
    await running;
    return report as unknown as BatchReport;
  }

  return { clock, target, journal, lane, deliver };
}

/** Kinesis sequence numbers grow in length; start where 9 becomes 10. */
function recordsOf(ids: string[]): BatchRecord[] {
  return ids.map((id, index) => ({
    sequenceNumber: String(index + 8),
    partitionKey: id,
    data: encodeFact(received(id)),
    arrivedAtMs: START_MS,
  }));
}

function recordOf(sequenceNumber: string, partitionKey: string, data: Uint8Array): BatchRecord {
  return { sequenceNumber, partitionKey, data, arrivedAtMs: START_MS };
}

function received(id: string): Fact {
  const payload = { id, name: 'n', body: 'b', timestamp: 1_700_000_000_000 };
  const at = '2026-01-01T00:00:00.000Z';
  return { v: 1, type: 'received', eventId: id, at, traceId: 'c'.repeat(32), payload };
}

const idsOf = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);
const kindsOf = (facts: Fact[]) => facts.map((fact) => `${fact.type} ${fact.eventId}`).sort();

describe('deliverBatch', () => {
  it('sends every event once, with its brand and the time in seconds, and appends a fact for each', async () => {
    const { target, journal, deliver } = setUp();
    const report = await deliver(recordsOf(idsOf(30)));
    expect(report).toMatchObject({ records: 30, delivered: 30, deadLettered: 0, calls: 30 });
    expect(report.lowestUnsettled).toBeUndefined();
    expect(target.items.get('e7')).toEqual({
      id: 'e7',
      name: 'n',
      body: 'b',
      timestamp: 1_700_000_000,
      brand: 'acme',
    });
    expect(journal.facts).toHaveLength(30);
    expect(journal.facts[0]).toMatchObject({
      type: 'delivered',
      attempts: [{ outcome: 'delivered', status: 200 }],
    });
  });

  it('tries again what failed for a while, and keeps every attempt in the fact', async () => {
    const { target, journal, deliver } = setUp();
    target.fails = (id) => (target.callsOf(id).length <= 2 ? status(500) : undefined);
    await deliver(recordsOf(['e0']));
    expect(journal.facts).toEqual([
      expect.objectContaining({
        type: 'delivered',
        attempts: [
          expect.objectContaining({ outcome: 'transient', status: 500 }),
          expect.objectContaining({ outcome: 'transient', status: 500 }),
          expect.objectContaining({ outcome: 'delivered', status: 200 }),
        ],
      }),
    ]);
  });

  it('dead-letters at once what the target rejects, with the payload, and delivers the rest', async () => {
    const { target, journal, deliver } = setUp();
    target.fails = (id) => (id === 'e1' ? status(400) : undefined);
    const report = await deliver(recordsOf(idsOf(3)));
    expect(report).toMatchObject({ delivered: 2, deadLettered: 1, calls: 3 });
    const dead = journal.facts.find((fact) => fact.type === 'deadLettered') as DeadLetteredFact;
    expect(JSON.parse(Buffer.from(encodeFact(dead)).toString())).toMatchObject({
      eventId: 'e1',
      reason: 'rejected',
      error: { code: 'HTTP_400', status: 400 },
      payload: { id: 'e1', body: 'b' },
    });
  });

  it('dead-letters an event that keeps failing while others succeed, after a last look', async () => {
    const { target, journal, deliver } = setUp();
    target.fails = (id) => (id === 'e1' ? status(500) : undefined);
    const report = await deliver(recordsOf(idsOf(5)));
    expect(report).toMatchObject({ delivered: 4, deadLettered: 1 });
    expect(target.callsOf('e1')).toEqual(['createItem', 'createItem', 'createItem', 'getItem']);
    expect(journal.facts).toContainEqual(
      expect.objectContaining({ eventId: 'e1', reason: 'exhausted' }),
    );
  });

  it('keeps the payload of a dead letter as it was sent, and what the target says of it within bounds', async () => {
    const { target, journal, deliver } = setUp();
    const json = `{"id":"big","name":"n","body":"b","timestamp":1700000000,"numbers":[${'1e20,'.repeat(40_000)}1]}`;
    const fact = { ...received('big'), payload: new VerbatimPayload(json) } as Fact;
    const errors = [{ message: 'x'.repeat(100_000), extensions: { code: 'BAD_USER_INPUT' } }];
    target.fails = () => ({ ...graphQlError(''), kind: 'response', errors }) as TargetAnswer;
    await deliver([recordOf('9', 'big', encodeFact(fact))]);
    const encoded = Buffer.from(encodeFact(journal.facts[0] as Fact)).toString();
    expect(encoded).toContain(`"payload":${json}`);
    expect(encoded.length).toBeLessThan(json.length + 4000);
  });

  it('lets a few bad events at low traffic not stop the good ones', async () => {
    const { clock, target, deliver } = setUp();
    target.fails = (id) => (id.startsWith('bad') ? status(500) : undefined);
    const startMs = clock.now();
    const report = await deliver(recordsOf(['bad1', 'bad2', 'bad3']));
    expect(report).toMatchObject({ deadLettered: 3 });
    expect(clock.now() - startMs).toBeLessThan(10_000);
    expect(await deliver(recordsOf(['good']))).toMatchObject({ delivered: 1 });
  });

  it('burns no event when the target still reads and no longer writes', async () => {
    const { target, lane, deliver } = setUp();
    target.fails = () => status(504);
    const report = await deliver(recordsOf(idsOf(12)));
    expect(report).toMatchObject({ delivered: 0, deadLettered: 0, lowestUnsettled: '8' });
    expect(lane.circuit.isOpen).toBe(true);
    target.fails = () => undefined;
    expect(await deliver(recordsOf(idsOf(12)))).toMatchObject({ delivered: 12 });
  });

  it('appends what is certain soon, also while another event keeps failing', async () => {
    const { clock, target, journal, lane } = setUp();
    target.fails = (id) => (id === 'e3' ? status(500) : undefined);
    lane.settings.maxAttempts = 100;
    const time = { stopAtMs: clock.now() + 60_000, appendUntilMs: clock.now() + 61_000 };
    const running = deliverBatch({ shardId: SHARD, records: recordsOf(idsOf(4)) }, lane, time);
    for (let waited = 0; waited < 700; waited += 50) await clock.advance(50);
    expect(kindsOf(journal.facts)).toEqual(['delivered e0', 'delivered e1', 'delivered e2']);
    target.fails = () => undefined;
    for (let waited = 0; waited < 5000; waited += 50) await clock.advance(50);
    expect(await running).toMatchObject({ delivered: 4 });
  });

  it('says once that the target is sick, and once that it is well', async () => {
    const { clock, target, lane, deliver } = setUp();
    const backAtMs = clock.now() + 20_000;
    const down = () => (clock.now() < backAtMs ? status(503) : undefined);
    target.fails = down;
    target.lookupFails = down;
    await deliver(recordsOf(idsOf(30)));
    const lines = (lane.log as ReturnType<typeof createTestLog>).lines;
    expect(lines.map(({ level, message }) => `${level} ${message.slice(0, 16)}`)).toEqual([
      'warn The target fails',
      'warn The target answe',
    ]);
  });

  it('dead-letters a single bad event that no other event speaks for, since the target still answers', async () => {
    const { target, deliver } = setUp();
    target.fails = () => status(500);
    expect(await deliver(recordsOf(['e0']))).toMatchObject({ deadLettered: 1 });
  });

  it('burns no event in an outage: it probes, and gives the batch back when its time is over', async () => {
    const { target, journal, lane, deliver } = setUp();
    target.fails = () => NO_ANSWER;
    target.lookupFails = () => NO_ANSWER;
    const report = await deliver(recordsOf(idsOf(50)));
    expect(report).toMatchObject({ delivered: 0, deadLettered: 0, lowestUnsettled: '8' });
    expect(journal.facts).toEqual([]);
    expect(lane.circuit.isOpen).toBe(true);
    expect(report.calls).toBeLessThan(20 + BUDGET_MS / 900);
  });

  it('goes on where it was when the target comes back', async () => {
    const { clock, target, deliver } = setUp();
    const backAtMs = clock.now() + 30_000;
    target.fails = () => (clock.now() < backAtMs ? status(503) : undefined);
    target.lookupFails = () => (clock.now() < backAtMs ? status(503) : undefined);
    const report = await deliver(recordsOf(idsOf(50)));
    expect(report).toMatchObject({ delivered: 50, deadLettered: 0 });
    expect(report.lowestUnsettled).toBeUndefined();
    expect(target.duplicates).toBe(0);
  });

  it('asks before it creates again what may have been created', async () => {
    const { target, journal, deliver } = setUp();
    target.fails = (id) => (target.callsOf(id).length === 1 ? 'lost' : undefined);
    await deliver(recordsOf(['e0']));
    expect(target.callsOf('e0')).toEqual(['createItem', 'getItem']);
    expect(target.duplicates).toBe(0);
    expect(journal.facts).toEqual([expect.objectContaining({ type: 'delivered', verified: true })]);
  });

  it('takes an id that the target already has as delivered', async () => {
    const { target, journal, deliver } = setUp();
    target.items.set('e0', { id: 'e0', name: '', body: '', timestamp: 0, brand: '' });
    await deliver(recordsOf(['e0']));
    expect(journal.facts).toEqual([expect.objectContaining({ type: 'delivered', verified: true })]);
  });

  it('holds the whole lane for as long as Retry-After says, without counting it against the event', async () => {
    const { clock, target, deliver } = setUp();
    const startMs = clock.now();
    const starts: number[] = [];
    target.fails = () => {
      starts.push(clock.now() - startMs);
      return starts.length <= 5 ? status(429, '3') : undefined;
    };
    const report = await deliver(recordsOf(idsOf(10)));
    expect(report).toMatchObject({ delivered: 10, deadLettered: 0 });
    expect(starts.filter((at) => at > 0 && at < 3000)).toEqual([]);
  });

  it('makes a dead letter of a record that holds no event, whole, and goes on', async () => {
    const { journal, deliver } = setUp();
    const bad = recordOf('7', 'who', Buffer.from('{"type":'));
    const wrong = recordOf(
      '6',
      'x',
      encodeFact({ ...received('x'), payload: { id: 'x' } } as Fact),
    );
    await deliver([wrong, bad, ...recordsOf(['e0'])]);
    expect(kindsOf(journal.facts)).toEqual(['deadLettered who', 'deadLettered x', 'delivered e0']);
    expect(journal.facts).toContainEqual(
      expect.objectContaining({ eventId: 'who', reason: 'malformed', payload: '{"type":' }),
    );
  });

  it('passes over the other facts of the journal', async () => {
    const { target, journal, deliver } = setUp();
    const first = await deliver(recordsOf(['e0']));
    const echo = journal.facts.map((fact, index) =>
      recordOf(String(100 + index), fact.eventId, encodeFact(fact)),
    );
    expect((await deliver(echo)).lowestUnsettled).toBeUndefined();
    expect(target.calls).toHaveLength(first.calls);
  });

  it('sends an event that stands in a batch twice only once', async () => {
    const { target, journal, deliver } = setUp();
    const report = await deliver(recordsOf(['e0', 'e0', 'e1']));
    expect(target.calls).toHaveLength(2);
    expect(journal.facts).toHaveLength(2);
    expect(report.lowestUnsettled).toBeUndefined();
  });

  it('sends nothing twice that Lambda hands over twice', async () => {
    const { target, deliver } = setUp();
    await deliver(recordsOf(idsOf(5)));
    const again = await deliver(recordsOf(idsOf(6)));
    expect(again).toMatchObject({ repeated: 5, delivered: 1 });
    expect(target.calls).toHaveLength(6);
  });

  it('sends an event again when a replay asks for it', async () => {
    const { target, deliver } = setUp();
    await deliver(recordsOf(['e0']));
    target.items.clear();
    const fact = { ...received('e0'), replay: { runId: 'r1', reason: 'test' } };
    await deliver([recordOf('90', 'e0', encodeFact(fact))]);
    expect(target.items.has('e0')).toBe(true);
  });

  it('reports what the journal did not take, and only appends the fact when it comes back', async () => {
    const { target, journal, deliver } = setUp(true);
    journal.refuses = (fact) => fact.eventId === 'e1';
    expect((await deliver(recordsOf(idsOf(3)))).lowestUnsettled).toBe('9');
    journal.refuses = () => false;
    const again = await deliver(recordsOf(idsOf(3)).slice(1));
    expect(again).toMatchObject({ delivered: 1, repeated: 1, calls: 0 });
    expect(target.calls).toHaveLength(3);
    expect(kindsOf(journal.facts)).toEqual(['delivered e0', 'delivered e1', 'delivered e2']);
  });

  it('looks up, many at a time, what a crashed environment may have created', async () => {
    const { target, lane, deliver } = setUp();
    lane.settings.verifyAfterCrash = true;
    for (const id of ['e0', 'e3', 'e17'])
      target.items.set(id, { id, name: '', body: '', timestamp: 0, brand: '' });
    const report = await deliver(recordsOf(idsOf(25)));
    expect(report).toMatchObject({ delivered: 25, calls: 2 + 22 });
    expect(target.duplicates).toBe(0);
    const lookups = target.calls.filter(({ operation }) => operation === 'getItem');
    expect(lookups.map(({ ids }) => ids.length)).toEqual([10, 10]);
  });

  describe('with several creations in a request', () => {
    function setUpGroups() {
      const all = setUp();
      all.lane.settings.groups.creations = 5;
      return all;
    }

    it('makes one call of them, and settles each on its own', async () => {
      const { target, journal, deliver } = setUpGroups();
      target.itemErrors.set('e1', 'BAD_USER_INPUT').set('e2', 'INTERNAL_SERVER_ERROR');
      target.items.set('e3', { id: 'e3', name: '', body: '', timestamp: 0, brand: '' });
      const report = await deliver(recordsOf(idsOf(10)));
      expect(target.calls[0]?.ids).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
      expect(report).toMatchObject({ delivered: 8, deadLettered: 2 });
      expect(kindsOf(journal.facts)).toContain('deadLettered e1');
      expect(journal.facts).toContainEqual(
        expect.objectContaining({ eventId: 'e2', reason: 'exhausted' }),
      );
      expect(target.callsOf('e0')).toEqual(['createItem']);
    });

    it('sends each alone when the request as a whole is refused, instead of giving all of them up', async () => {
      const { target, deliver } = setUpGroups();
      target.fails = (_, calls) =>
        (target.calls[calls - 1]?.ids.length ?? 0) > 1
          ? graphQlError('TOO_MANY_ALIASES')
          : undefined;
      const report = await deliver(recordsOf(idsOf(10)));
      expect(report).toMatchObject({ delivered: 10, deadLettered: 0 });
      expect(target.duplicates).toBe(0);
    });

    it('creates nothing twice when the answer to several is lost', async () => {
      const { target, deliver } = setUpGroups();
      target.fails = (_, calls) => (calls === 1 ? 'lost' : undefined);
      expect(await deliver(recordsOf(idsOf(5)))).toMatchObject({ delivered: 5, calls: 2 });
      expect(target.duplicates).toBe(0);
    });
  });

  it('starts nothing when there is no time left', async () => {
    const { target, deliver } = setUp();
    const report = await deliver(recordsOf(idsOf(3)), 0);
    expect(report.lowestUnsettled).toBe('8');
    expect(target.calls).toEqual([]);
  });

  it('never passes an unsettled record and never sends a settled event again, whatever happens', async () => {
    const failures = fc.constantFrom('ok', 'ok', 'ok', '500', '429', 'lost', '400', 'unappended');
    await fc.assert(
      fc.asyncProperty(
        fc.array(failures, { minLength: 1, maxLength: 60 }),
        fc.array(fc.integer({ min: 0, max: 11 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 0, max: 3000 }),
        async (script, order, budgetMs) => {
          const { target, journal, deliver } = setUp(true);
          let step = 0;
          const next = () => script[step++ % script.length];
          target.fails = () => ANSWERS[next() ?? 'ok'];
          journal.refuses = () => next() === 'unappended';
          const records = recordsOf(order.map((index) => `e${index}`));

          const settledBefore = new Set<string>();
          for (let round = 0; round < 3; round++) {
            const calls = target.calls.length;
            const report = await deliver(records, budgetMs);
            const sent = target.calls.slice(calls).flatMap((call) => call.ids);
            expect(sent.filter((id) => settledBefore.has(id))).toEqual([]);

            const inJournal = new Set(journal.facts.map((fact) => fact.eventId));
            const unsettled = records.filter((record) => !inJournal.has(record.partitionKey));
            const lowest = unsettled.map((record) => Number(record.sequenceNumber));
            const expected = lowest.length === 0 ? undefined : String(Math.min(...lowest));
            expect(report.lowestUnsettled).toBe(expected);
            for (const id of inJournal) settledBefore.add(id);
          }
          expect(target.duplicates).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });
});
