import { expect, it } from 'vitest';
import type { Environment } from '../../local/lambda/environment.ts';
import { EnvironmentPool } from '../../local/lambda/environment-pool.ts';

function poolOf(maxEnvironments: number, random?: () => number) {
  const start = () => ({ alive: true, ended: new Promise(() => {}) }) as unknown as Environment;
  const pool = new EnvironmentPool({ maxEnvironments, maxWaitMs: 0, random, start });
  const all = pool.startUpTo(maxEnvironments);
  for (const environment of all) pool.release(environment);
  const next = async () => {
    const lease = await pool.lease();
    return typeof lease === 'string' ? lease : all.indexOf(lease.environment);
  };
  return { next, giveBack: (index: number) => pool.release(all[index] as Environment) };
}

it('lends the environment that was used last', async () => {
  const { next, giveBack } = poolOf(3);
  expect(await next()).toBe(2);
  expect(await next()).toBe(1);
  giveBack(2);
  expect(await next()).toBe(2);
});

it('lends a random idle environment when it is given a source of chance', async () => {
  const chances = [0, 0.99, 0.5];
  const { next, giveBack } = poolOf(3, () => chances.shift() ?? 0);
  expect(await next()).toBe(0);
  giveBack(0);
  // Now idle: 1, 2, 0.
  expect(await next()).toBe(0);
  expect(await next()).toBe(2);
  expect(await next()).toBe(1);
  expect(await next()).toBe('full');
});

it('refuses those who would wait behind too many, until one of them has got its environment', async () => {
  const start = () => ({ alive: true, ended: new Promise(() => {}) }) as unknown as Environment;
  const limits = { maxEnvironments: 2, maxWaitMs: 60_000, maxWaitingEach: 3 };
  const pool = new EnvironmentPool({ ...limits, start });
  const lent = pool.startUpTo(2);
  const waiting = Array.from({ length: 6 }, () => pool.lease());
  expect(pool.isFull).toBe(true);
  expect(await pool.lease()).toBe('full');
  pool.release(lent[0] as Environment);
  expect(await waiting[0]).toMatchObject({ environment: lent[0] });
  expect(pool.isFull).toBe(false);
  pool.close();
  expect(await Promise.all(waiting.slice(1))).toEqual(Array(5).fill('closed'));
});
