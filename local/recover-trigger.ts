import { systemClock } from '../lib/clock.ts';
import { messageOf } from '../lib/errors.ts';
import type { Log } from '../lib/log.ts';
import type { ObjectStore } from '../lib/object-store.ts';
import { SPILL_PREFIX } from '../lib/recover/spill-key.ts';
import type { Bell } from './bell.ts';
import type { Invoke } from './lambda/invoke.ts';

interface RecoverTriggerOptions {
  spill: Pick<ObjectStore, 'list'>;
  /** Rings when an object is written into the bucket. */
  spilled: Bell;
  invoke: Invoke;
  scheduleMinutes: number;
  log: Log;
  /** Returns true while recovery may begin; by default it always may. */
  mayRecover?: (() => boolean) | undefined;
}

interface RecoverTrigger {
  start(): void;
  /**
   * Looks a last time for what was spilled, so that nothing stays behind that can be moved within seconds; resolves when no invocation
   * is under way. Parked events are not released then: nothing would deliver them.
   */
  stop(): Promise<void>;
}

/** The longest time between two looks at the bucket, in case a new object was not announced. */
const LONGEST_WAIT_MS = 5000;

/** The longest that a stop goes on with what is still spilled; the next start sees to the rest. */
const LAST_LOOK_MS = 5000;

/** Objects named in one notification; S3 itself sends one or a few. */
const MAX_RECORDS = 50;

/**
 * Stands in for the two things that invoke `recover` on AWS: the bucket's notification of new objects in `spill/`, and the schedule
 * for what a notification did not see to and for parked events. The schedule also fires at the start, for what an earlier run left.
 */
export function createRecoverTrigger(options: RecoverTriggerOptions): RecoverTrigger {
  const { spill, spilled, invoke, scheduleMinutes, log, mayRecover = () => true } = options;
  let known = new Set<string>();
  let scheduledAtMs = 0;
  const waitMs = Math.min(LONGEST_WAIT_MS, scheduleMinutes * 60_000);
  let looking: Promise<void> = Promise.resolve();
  let untilMs = Number.POSITIVE_INFINITY;

  async function notifyOfNew(): Promise<void> {
    const present = new Set<string>();
    for await (const { key } of spill.list(SPILL_PREFIX)) present.add(key);
    const fresh = [...present].filter((key) => !known.has(key));
    known = present;
    for (let from = 0; from < fresh.length && Date.now() < untilMs; from += MAX_RECORDS)
      await run({ Records: fresh.slice(from, from + MAX_RECORDS).map(recordOf) });
  }

  async function fireSchedule(): Promise<void> {
    if (Date.now() - scheduledAtMs < scheduleMinutes * 60_000) return;
    scheduledAtMs = Date.now();
    await run({ source: 'aws.scheduler' });
  }

  async function run(event: unknown): Promise<void> {
    const result = await invoke(event);
    if (!result.ok)
      log.warn('recover failed; the schedule tries again', {
        error: `${result.errorType}: ${result.errorMessage}`,
      });
  }

  async function look(): Promise<void> {
    try {
      if (mayRecover()) {
        if (untilMs === Number.POSITIVE_INFINITY) await fireSchedule();
        await notifyOfNew();
      }
    } catch (error) {
      log.warn('The spill bucket could not be listed', { error: messageOf(error) });
    }
  }

  async function lookUntilStopped(): Promise<void> {
    while (untilMs === Number.POSITIVE_INFINITY) {
      const rung = spilled.count;
      await look();
      if (untilMs === Number.POSITIVE_INFINITY) await spilled.heardSince(rung, waitMs, systemClock);
    }
  }

  return {
    start() {
      looking = lookUntilStopped();
    },
    async stop() {
      untilMs = Date.now() + LAST_LOOK_MS;
      spilled.ring();
      await looking;
      known = new Set();
      await look();
    },
  };
}

/** A record of S3's notification, with the fields that matter; the key is encoded as S3 does. */
function recordOf(key: string) {
  const encoded = encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/');
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    eventName: 'ObjectCreated:Put',
    s3: { object: { key: encoded } },
  };
}
