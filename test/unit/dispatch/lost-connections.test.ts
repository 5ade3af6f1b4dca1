// A kept connection that is reset says nothing of the target or of the event; a new one that is reset does.
import { expect, it } from 'vitest';
import type { TargetCall, TargetEvent, TargetResult } from '../../../lib/ports.ts';
import { createLaneLab, idsOf, received, recordOf, recordsOf } from '../../support/lane-lab.ts';

const RESET = { code: 'ECONNRESET', message: 'reset' };

type Lab = ReturnType<typeof createLaneLab>;
type Op = 'create' | 'look';

/** Makes some of the target's requests fail by a reset, and notes for each whether its connection was a new one. */
function resetCalls(lab: Lab, isReset: (op: Op, isNew: boolean) => boolean) {
  const { target, clock } = lab;
  const calls: { op: Op; ids: string[]; isNew: boolean; atMs: number }[] = [];

  async function resetOf(op: Op, events: readonly TargetEvent[], { newConnection }: TargetCall) {
    const isNew = newConnection === true;
    calls.push({ op, ids: events.map(({ id }) => id), isNew, atMs: clock.now() });
    if (!isReset(op, isNew)) return undefined;
    await clock.sleep(5);
    return isNew ? RESET : { ...RESET, reusedConnection: true as const };
  }
  const failed = <Each>(events: readonly TargetEvent[], verdict: Each): TargetResult<Each> => {
    return { status: null, verdicts: events.map(() => verdict), retryAlone: false };
  };
  lab.lane.target = {
    canLookUp: target.canLookUp,
    async create(events, call) {
      const reset = await resetOf('create', events, call);
      return reset ? failed(events, { kind: 'unknown', ...reset }) : target.create(events);
    },
    async lookUp(events, call) {
      const reset = await resetOf('look', events, call);
      return reset ? failed(events, { kind: 'unavailable', ...reset }) : target.lookUp(events);
    },
  };
  const nameOf = ({ op, isNew }: { op: Op; isNew: boolean }) => (isNew ? `${op} anew` : op);
  return {
    calls,
    of: (id: string) => calls.filter(({ ids }) => ids.includes(id)).map(nameOf),
  };
}

const warnings = (lab: Lab) => lab.log.lines.filter(({ level }) => level === 'warn');

it('delivers what kept connections lose, looked up first and over new ones', async () => {
  const lab = createLaneLab();
  const { of } = resetCalls(lab, (_, isNew) => !isNew);
  await lab.drain(recordsOf(idsOf(200)));
  expect(lab.count('delivered')).toBe(200);
  for (const id of idsOf(200)) expect(of(id)).toEqual(['create', 'look anew', 'create anew']);
  expect(lab.parking.parked).toEqual([]);
  expect(warnings(lab)).toEqual([]);
});

it('creates it again at once at a target without a lookup', async () => {
  const lab = createLaneLab();
  lab.target.canLookUp = false;
  const { of } = resetCalls(lab, (_, isNew) => !isNew);
  await lab.drain(recordsOf(idsOf(50)));
  expect(lab.count('delivered')).toBe(50);
  for (const id of idsOf(50)) expect(of(id)).toEqual(['create', 'create anew']);
});

it('repeats a lookup that a kept connection loses, before anything is created', async () => {
  const lab = createLaneLab();
  for (const id of idsOf(30)) lab.target.add(id);
  const { of } = resetCalls(lab, (op, isNew) => op === 'look' && !isNew);
  await lab.drain(idsOf(30).map((id, n) => recordOf(received(id, { mayRepeat: true }), n)));
  expect(lab.count('delivered')).toBe(30);
  for (const id of idsOf(30)) expect(of(id)).toEqual(['look', 'look anew']);
});

it('takes a target for sick that resets new connections, too', async () => {
  const lab = createLaneLab();
  const { calls } = resetCalls(lab, () => true);
  const report = await lab.deliver(recordsOf(idsOf(100)));
  expect(report).toMatchObject({ targetHealth: 'sick', delivered: 0, deadLettered: 0 });
  expect(warnings(lab)[0]).toMatchObject({ targetHealth: 'sick', code: 'ECONNRESET' });
  // Its probes are a second apart, those that a kept connection loses included.
  const probes = calls.slice(calls.findIndex(({ atMs }) => atMs > (calls[0]?.atMs ?? 0) + 5000));
  const distances = probes.slice(1).map(({ atMs }, index) => atMs - (probes[index]?.atMs ?? 0));
  expect(distances.length).toBeGreaterThan(10);
  expect(Math.min(...distances)).toBeGreaterThanOrEqual(1000);
});
