import { setTimeout as delay } from 'node:timers/promises';

/** Asks again and again until the answer is true; rejects with what was waited for when it takes too long. */
export async function waitUntil(
  what: string,
  isTrue: () => Promise<boolean> | boolean,
  withinMs = 60_000,
): Promise<void> {
  const giveUpAtMs = Date.now() + withinMs;
  while (!(await isTrue())) {
    if (Date.now() > giveUpAtMs) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await delay(50);
  }
}
