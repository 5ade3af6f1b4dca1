import { expect, it } from 'vitest';
import { seededRandom } from '../../../local/target/gate.ts';
import { EnvironmentProcess } from '../../bench/scheduling/environment-process.ts';
import { START_MS, VirtualTime } from '../../bench/scheduling/virtual-time.ts';

const NEVER = { everyMs: 1e12, upToMs: 1 };

function createProcess(time: VirtualTime, stalls = NEVER, offsetMs = 0): EnvironmentProcess {
  return new EnvironmentProcess(time, { offsetMs, stalls }, seededRandom(1));
}

/** Runs the next `ms`. */
async function pass(time: VirtualTime, ms: number): Promise<void> {
  let isOver = false;
  time.after(ms, () => {
    isOver = true;
  });
  await time.runUntil(() => isOver);
}

it('runs events in the order of their moments, then of their scheduling', async () => {
  const time = new VirtualTime();
  const ran: string[] = [];
  for (const [name, ms] of Object.entries({ late: 30, first: 10, second: 10, now: 0 }))
    time.after(ms, () => ran.push(`${name} ${time.nowMs - START_MS}`));
  await pass(time, 20);
  expect(ran).toEqual(['now 0', 'first 10', 'second 10']);
});

it('runs all that a promise leads to before the next event, for the same owner', async () => {
  const time = new VirtualTime();
  const process = createProcess(time);
  process.thaw();
  const owners: unknown[] = [];
  time.after(5, () => void afterManyTicks().then(() => owners.push(time.owner)), process);
  time.after(5, () => owners.push(time.owner));
  await pass(time, 10);
  expect(owners).toEqual([process, undefined]);
});

it('keeps the timers of a frozen process until its thaw, while time goes on', async () => {
  const time = new VirtualTime();
  const process = createProcess(time);
  const fired: [string, number][] = [];
  const note = (name: string) => () => fired.push([name, time.nowMs - START_MS]);
  process.thaw();
  process.clock.after(50, note('a'));
  process.clock.after(100, note('b'));
  process.clock.after(900, note('c'));
  process.freeze();
  await pass(time, 500);
  expect(fired).toEqual([]);
  process.thaw();
  await pass(time, 500);
  expect(fired.map(([name]) => name)).toEqual(['a', 'b', 'c']);
  expect(fired.slice(0, 2).map(([, ms]) => ms)).toEqual([500, 500]);
  expect(fired[2]?.[1]).toBeGreaterThanOrEqual(900);
});

it('runs nothing of a dead process, and no timer that was cancelled while frozen', async () => {
  const time = new VirtualTime();
  const dead = createProcess(time);
  const frozen = createProcess(time);
  const fired: string[] = [];
  dead.thaw();
  dead.clock.after(10, () => fired.push('dead'));
  const cancel = frozen.clock.after(10, () => fired.push('cancelled'));
  dead.kill();
  await pass(time, 20);
  cancel();
  frozen.thaw();
  await pass(time, 20);
  expect(fired).toEqual([]);
});

it('fires timers up to 1.2 ms late, and later only in a stall', async () => {
  const delaysOf = async (stalls: { everyMs: number; upToMs: number }) => {
    const time = new VirtualTime();
    const process = createProcess(time, stalls);
    process.thaw();
    const lateMs: number[] = [];
    for (let ms = 1; ms <= 2000; ms++)
      process.clock.after(ms, () => lateMs.push(time.nowMs - START_MS - ms));
    await pass(time, 3000);
    return lateMs;
  };
  const usual = await delaysOf(NEVER);
  expect(Math.min(...usual)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...usual)).toBeLessThan(1.3);
  const stalled = await delaysOf({ everyMs: 500, upToMs: 30 });
  expect(Math.max(...stalled)).toBeGreaterThan(5);
  expect(Math.max(...stalled)).toBeLessThan(32);
});

it('gives each process a clock of its own', () => {
  const time = new VirtualTime();
  expect(createProcess(time, NEVER, -20).clock.now()).toBe(START_MS - 20);
});

async function afterManyTicks(): Promise<void> {
  for (let tick = 0; tick < 50; tick++) await undefined;
}
