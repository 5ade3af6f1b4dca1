import { describe, expect, it } from 'vitest';
import {
  isNotification,
  keysToRecover,
  type ObjectNotification,
} from '../../../lib/recover/keys-to-recover.ts';
import { SPILL_PREFIX } from '../../../lib/recover/spill-key.ts';
import { Bell } from '../../../local/bell.ts';
import type { Invoke, InvokeResult } from '../../../local/lambda/invoke.ts';
import { createRecoverTrigger } from '../../../local/recover-trigger.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { createTestLog } from '../../support/test-log.ts';
import { waitUntil } from '../../support/wait-until.ts';

const answered: InvokeResult = { ok: true, value: null, requestId: 'r' };
const failed: InvokeResult = {
  ok: false,
  kind: 'error',
  requestId: 'r',
  errorType: 'Error',
  errorMessage: 'no journal',
};

/** A started trigger, after the first firing of its schedule, beside a `recover` that deletes what it is told of, or fails. */
async function lab({ fails = false, scheduleMinutes = 5 } = {}) {
  const spill = new InMemoryObjects();
  const told: string[] = [];
  let looks = 0;
  let schedules = 0;
  const invoke: Invoke = async (event) => {
    looks += 1;
    if (!isNotification(event as ObjectNotification)) schedules += 1;
    for await (const key of keysToRecover(event as ObjectNotification, spill, Date.now())) {
      told.push(key);
      if (!fails) await spill.delete(key);
    }
    return fails ? failed : answered;
  };
  const log = createTestLog({ errorsExpected: true });
  const spilled = new Bell();
  const trigger = createRecoverTrigger({ spill, spilled, invoke, scheduleMinutes, log });
  trigger.start();
  await waitUntil('the schedule', () => looks > 0);
  return { spill, spilled, told, trigger, schedules: () => schedules };
}

describe('the recover trigger', () => {
  it('tells of a new object, once', async () => {
    const { spill, spilled, told, trigger } = await lab({ fails: true });
    const keys = [`${SPILL_PREFIX}a b.json`, `${SPILL_PREFIX}later.json`];
    for (const key of keys) {
      await spill.put(key, '{}');
      spilled.ring();
      await waitUntil('its notice', () => told.includes(key));
    }
    expect(told).toEqual(keys);
    await trigger.stop();
  });

  it('sees at its stop to what was spilled since its last look, however much that is', async () => {
    const { spill, trigger } = await lab();
    for (let n = 0; n < 120; n++) await spill.put(`${SPILL_PREFIX}${n}.json`, '{}');
    await trigger.stop();
    expect([...spill.stored.keys()]).toEqual([]);
  });

  it('fires its schedule as often as it is told to, and not at its stop, where parked events have to stay', async () => {
    const { trigger, schedules } = await lab({ scheduleMinutes: 0.001 });
    await waitUntil('the next firing', () => schedules() > 1);
    const fired = schedules();
    await trigger.stop();
    expect(schedules()).toBe(fired);
  });

  it('tries once more at its stop what failed before, and ends', async () => {
    const { spill, spilled, told, trigger } = await lab({ fails: true });
    await spill.put(`${SPILL_PREFIX}a.json`, '{}');
    spilled.ring();
    await waitUntil('the first notice', () => told.length > 0);
    await trigger.stop();
    expect(told).toHaveLength(2);
    expect([...spill.stored.keys()]).toHaveLength(1);
  });
});
