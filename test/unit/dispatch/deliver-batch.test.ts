import { describe, expect, it } from 'vitest';
import { deliverBatch } from '../../../lib/dispatch/deliver-batch.ts';
import { SendRecord } from '../../../lib/dispatch/send-record.ts';
import { encodeFact, VerbatimPayload } from '../../../lib/event/encode.ts';
import type { DeadLetteredFact, Fact } from '../../../lib/event/fact.ts';
import {
  createLaneLab,
  failure,
  idsOf,
  received,
  recordOf,
  recordsOf,
  SHARD,
} from '../../support/lane-lab.ts';

const kindsOf = (facts: Fact[]) => facts.map((fact) => `${fact.type} ${fact.eventId}`).sort();
const down = failure('unknown', 'HTTP_500');

describe('deliverBatch', () => {
  it('sends every event once, with its payload and its time in seconds, and appends a fact for each', async () => {
    const { target, journal, deliver } = createLaneLab();
    const report = await deliver(recordsOf(idsOf(30)));
    expect(report).toMatchObject({ records: 30, delivered: 30, deadLettered: 0, calls: 30 });
    expect(report.lowestUnsettled).toBeUndefined();
    expect(target.created[7]?.payload).toMatchObject({ id: 'e7', body: 'b' });
    expect(journal.facts).toHaveLength(30);
    expect(journal.facts[0]).toMatchObject({
      type: 'delivered',
      attempts: [{ outcome: 'delivered', status: 200, ms: 50 }],
    });
  });

  it('tries again what failed for a while, and keeps every attempt in the fact', async () => {
    const { target, journal, deliver } = createLaneLab();
    const refusal = failure('unavailable', 'HTTP_404');
    target.creates = (id) => (target.opsOf(id).length <= 2 ? refusal : undefined);
    await deliver(recordsOf(['e0']));
    expect(journal.facts).toEqual([
      expect.objectContaining({
        type: 'delivered',
        attempts: [
          expect.objectContaining({ outcome: 'unavailable', status: 404 }),
          expect.objectContaining({ outcome: 'unavailable', status: 404 }),
          expect.objectContaining({ outcome: 'delivered', status: 200 }),
        ],
      }),
    ]);
  });

  it('tries what failed again before the events behind it', async () => {
    const { target, deliver } = createLaneLab();
    const isFirst = (id: string) => target.opsOf(id).filter((op) => op === 'create').length === 1;
    target.creates = (id) => (id === 'e3' && isFirst(id) ? down : undefined);
    await deliver(idsOf(60).map((id, n) => recordOf(received(id, { mayRepeat: true }), n)));
    const created = target.calls.flatMap(({ op, ids }) => (op === 'create' ? ids : []));
    expect(created.filter((id) => id === 'e3')).toHaveLength(2);
    expect(created.lastIndexOf('e3')).toBeLessThan(30);
  });

  it('keeps the payload of a dead letter as it was sent, and the error within bounds', async () => {
    const { target, factsOf, deliver } = createLaneLab();
    const json = `{"id":"big","name":"n","body":"b","timestamp":1700000000,"numbers":[${'1e20,'.repeat(40_000)}1]}`;
    const fact = received('big', { payload: new VerbatimPayload(json) });
    const told = 'x'.repeat(100_000);
    target.creates = (id) =>
      id === 'big' ? { kind: 'rejected', code: 'BAD_USER_INPUT', message: told } : undefined;
    await deliver([recordOf(fact, 9), ...recordsOf(idsOf(30))]);
    const encoded = Buffer.from(encodeFact(factsOf('deadLettered')[0] as Fact)).toString();
    expect(encoded).toContain(`"payload":${json}`);
    expect(encoded.length).toBeLessThan(json.length + 4000);
  });

  it('appends what is certain soon, also while another event is slow', async () => {
    const { clock, target, journal, lane } = createLaneLab();
    target.creates = (id) => (id === 'e3' ? down : undefined);
    lane.settings.retryPauseMs = 5000;
    const time = { stopAtMs: clock.now() + 60_000, appendUntilMs: clock.now() + 61_000 };
    const running = deliverBatch({ shardId: SHARD, records: recordsOf(idsOf(4)) }, lane, time);
    for (let waited = 0; waited < 700; waited += 50) await clock.advance(50);
    expect(kindsOf(journal.facts)).toEqual(['delivered e0', 'delivered e1', 'delivered e2']);
    target.creates = () => undefined;
    for (let waited = 0; waited < 9000; waited += 50) await clock.advance(50);
    expect(await running).toMatchObject({ delivered: 4 });
  });

  it('asks before it creates again what may have been created', async () => {
    const { target, journal, deliver } = createLaneLab();
    target.creates = (id) => (target.opsOf(id).length === 1 ? 'lost' : undefined);
    await deliver(recordsOf(['e0']));
    expect(target.opsOf('e0')).toEqual(['create', 'look']);
    expect(target.countOf('e0')).toBe(1);
    expect(journal.facts).toEqual([expect.objectContaining({ type: 'delivered', verified: true })]);
  });

  it('waits with the lookup for as long as the target may still be working on the creation', async () => {
    const { clock, target, deliver } = createLaneLab();
    Object.assign(target, { unique: false, latencyMs: 6000, effectMs: 8000 });
    const late = clock.after(5500, () => Object.assign(target, { latencyMs: 50 }));
    await deliver(recordsOf(['e0']));
    late();
    expect(target.countOf('e0')).toBe(1);
  });

  it('retries with the idempotency key alone at a target that cannot be asked', async () => {
    const { target, deliver } = createLaneLab();
    target.canLookUp = false;
    target.creates = (id) => (target.opsOf(id).length === 1 ? 'lost' : undefined);
    expect(await deliver(recordsOf(['e0']))).toMatchObject({ delivered: 1 });
    expect(target.opsOf('e0')).toEqual(['create', 'create']);
  });

  it('takes an id that the target already has as delivered', async () => {
    const { target, journal, deliver } = createLaneLab();
    target.add('e0');
    await deliver(recordsOf(['e0']));
    expect(journal.facts).toEqual([expect.objectContaining({ type: 'delivered', verified: true })]);
  });

  it('makes a dead letter of a record that holds no event, whole, and goes on', async () => {
    const { journal, deliver } = createLaneLab();
    const bad = { ...recordOf(received('who'), 7), data: Buffer.from('{"type":') };
    const wrong = recordOf(received('x', { payload: { id: 'x' } }), 6);
    await deliver([wrong, bad, ...recordsOf(['e0'])]);
    expect(kindsOf(journal.facts)).toEqual(['deadLettered who', 'deadLettered x', 'delivered e0']);
    expect(journal.facts).toContainEqual(
      expect.objectContaining({ eventId: 'who', reason: 'malformed', payload: '{"type":' }),
    );
  });

  it('passes over the other facts of the journal', async () => {
    const { target, journal, deliver } = createLaneLab();
    const first = await deliver(recordsOf(['e0']));
    const echo = journal.facts.map((fact, index) => recordOf(fact, 2000 + index));
    expect((await deliver(echo)).lowestUnsettled).toBeUndefined();
    expect(target.calls).toHaveLength(first.calls);
  });

  it('sends an event that stands in a batch twice only once', async () => {
    const { target, journal, deliver } = createLaneLab();
    const report = await deliver(recordsOf(['e0', 'e0', 'e1']));
    expect(target.calls).toHaveLength(2);
    expect(journal.facts).toHaveLength(2);
    expect(report.lowestUnsettled).toBeUndefined();
  });

  it('sends nothing twice that Lambda hands over twice', async () => {
    const { target, deliver } = createLaneLab();
    await deliver(recordsOf(idsOf(5)));
    const again = await deliver(recordsOf(idsOf(6)));
    expect(again).toMatchObject({ repeated: 5, delivered: 1 });
    expect(target.calls).toHaveLength(6);
  });

  it('sends an event again when a replay asks for it', async () => {
    const { target, deliver } = createLaneLab();
    target.unique = false;
    await deliver(recordsOf(['e0']));
    await deliver([recordOf(received('e0', { replay: { runId: 'r1', reason: 'test' } }), 90)]);
    expect(target.countOf('e0')).toBe(2);
  });

  it('delivers a corrected re-send after a dead letter, also in the environment that remembers it', async () => {
    const { target, factsOf, deliver } = createLaneLab();
    target.creates = (_, __, { payload }) =>
      (payload as { body: string }).body === 'bad'
        ? failure('rejected', 'BAD_USER_INPUT')
        : undefined;
    const of = (body: string) => ({ id: 'e0', name: 'n', body, timestamp: 1_700_000_000 });
    await deliver([recordOf(received('e0', { payload: of('bad') }), 1), ...recordsOf(['e1'])]);
    expect(factsOf('deadLettered')).toHaveLength(1);
    await deliver([recordOf(received('e0', { payload: of('good') }), 3000)]);
    expect(target.created.at(-1)?.payload).toMatchObject({ body: 'good' });
  });

  it('sends two versions of one event one after the other', async () => {
    const { target, deliver } = createLaneLab();
    target.unique = false;
    const version = (body: string, sequence: number) =>
      recordOf(
        received('e0', { payload: { id: 'e0', name: 'n', body, timestamp: 1_700_000_000 } }),
        sequence,
      );
    target.creates = () =>
      target.calls.length === 1 ? failure('unavailable', 'HTTP_404') : undefined;
    await deliver([version('first', 1), version('second', 2)]);
    expect(target.created.map(({ payload }) => (payload as { body: string }).body)).toEqual([
      'first',
      'second',
    ]);
  });

  it('reports what the journal did not take, and only appends the fact when it comes back', async () => {
    const { target, journal, deliver } = createLaneLab({ errorsExpected: true });
    journal.refuses = (fact) => fact.eventId === 'e1';
    expect((await deliver(recordsOf(idsOf(3), 8))).lowestUnsettled).toBe('9');
    journal.refuses = () => false;
    const again = await deliver(recordsOf(idsOf(3), 8).slice(1));
    expect(again).toMatchObject({ delivered: 1, repeated: 1, calls: 0 });
    expect(target.calls).toHaveLength(3);
    expect(kindsOf(journal.facts)).toEqual(['delivered e0', 'delivered e1', 'delivered e2']);
  });

  it('looks up, many at a time, what a crashed environment may have created', async () => {
    const lab = createLaneLab({ rate: 20 });
    const { target, lane, deliver } = lab;
    lane.settings.groups = { creations: 1, lookups: 10 };
    const records = recordsOf(idsOf(25));
    // It has announced a second's worth, and ends there.
    await new SendRecord(lane, { shardId: SHARD, records }).begin(20);
    for (const id of ['e0', 'e3', 'e17']) target.add(id);
    const report = await deliver(records);
    expect(report).toMatchObject({ delivered: 25, calls: 2 + 22 });
    const lookups = target.calls.filter(({ op }) => op === 'look');
    expect(lookups.map(({ ids }) => ids.length)).toEqual([10, 10]);
  });

  it('starts nothing when there is no time left', async () => {
    const { target, deliver } = createLaneLab();
    const report = await deliver(recordsOf(idsOf(3), 8), 0);
    expect(report.lowestUnsettled).toBe('8');
    expect(target.calls).toEqual([]);
  });
});

describe('deliverBatch with several creations in a request', () => {
  function setUpGroups() {
    const lab = createLaneLab();
    lab.lane.settings.groups = { creations: 5, lookups: 50 };
    return lab;
  }

  it('makes one call of them, and settles each on its own', async () => {
    const { target, journal, factsOf, deliver } = setUpGroups();
    const failures = { e1: failure('rejected', 'BAD_USER_INPUT'), e2: down };
    target.creates = (id) => failures[id as keyof typeof failures];
    target.add('e3');
    const report = await deliver(recordsOf(idsOf(10)));
    expect(target.calls[0]?.ids).toEqual(['e0', 'e1', 'e2', 'e3', 'e4']);
    expect(report).toMatchObject({ delivered: 8, deadLettered: 1, deferred: 1 });
    expect((factsOf('deadLettered')[0] as DeadLetteredFact).eventId).toBe('e1');
    expect(kindsOf(journal.facts)).toContain('deferred e2');
    expect(target.opsOf('e0')).toEqual(['create']);
  });

  it('sends each alone when the request as a whole is refused, instead of giving all of them up', async () => {
    const { target, deliver } = setUpGroups();
    target.refusesGroups = true;
    const report = await deliver(recordsOf(idsOf(10)));
    expect(report).toMatchObject({ delivered: 10, deadLettered: 0, deferred: 0 });
  });

  it('creates nothing twice when the answer to several is lost', async () => {
    const { target, deliver } = setUpGroups();
    target.creates = () => (target.calls.length === 1 ? 'lost' : undefined);
    expect(await deliver(recordsOf(idsOf(5)))).toMatchObject({ delivered: 5, calls: 2 });
    expect(Math.max(...idsOf(5).map((id) => target.countOf(id)))).toBe(1);
  });
});
