import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../lib/clock.ts';
import { followJournal } from '../../local/follow-journal.ts';
import { seededRandom } from '../../local/target/gate.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { readTargetIds } from '../../scripts/demo/target-client.ts';
import { startDispatchLab } from '../support/dispatch-lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 3000;
const KILLS = 50;
const SEED = 20_261_122;

it.each([
  ['its environment is', { shards: 1, isAwsLike: false }],
  ['environments that freeze and rotate among 4 shards are', { shards: 4, isAwsLike: true }],
])(
  `creates no event twice, and loses none, when %s killed ${KILLS} times`,
  async (_, stack) => {
    const folder = await temporaryFolder('killed');
    const bundles = await buildHandlers(join(folder, 'dist'));
    const lab = await startDispatchLab({
      folder,
      bundle: bundles.find(({ name }) => name === 'dispatch')?.path ?? '',
      batchSize: 500,
      maximumRetryAttempts: 100,
      ratePerSecond: 200,
      ...stack,
      // Without unique ids, a second creation is a second item: nothing is hidden.
      targetFlags: ['--allow-duplicates'],
    });
    onTestFinished(lab.stop);
    await lab.dispatch.warm(lab.environments);
    const ids = Array.from({ length: EVENTS }, (_, index) => `event-${index}`);
    await lab.append(ids);
    const settled = new Set<string>();
    const delivered = new Set<string>();
    const deadLettered: string[] = [];
    const follower = followJournal(lab.reader, systemClock, (fact) => {
      if (fact.type !== 'received') settled.add(fact.eventId);
      if (fact.type === 'delivered') delivered.add(fact.eventId);
      if (fact.type === 'deadLettered') deadLettered.push(fact.eventId);
    });
    await lab.start();

    const random = seededRandom(SEED);
    let kills = 0;
    while (kills < KILLS && settled.size < EVENTS) {
      await delay(100 + random() * 600);
      // The others of several go on, with what they know of the target and of their records.
      const pids = lab.dispatch.pids().filter(() => stack.shards === 1 || random() < 0.5);
      for (const pid of pids.slice(0, KILLS - kills)) {
        process.kill(pid, 'SIGKILL');
        kills += 1;
      }
    }
    await waitUntil('every event settled', () => settled.size === EVENTS, 200_000);
    await follower.stop();

    const stats = await lab.targetStats();
    const second = stats.items - stats.distinctItems;
    const parked = EVENTS - delivered.size;
    console.log(
      `killed ${kills} times: ${second} second creations of ${EVENTS} events, ${parked} parked`,
    );
    expect(kills).toBe(KILLS);
    // Nothing releases parked events here. A kill may let one fail for the third time, hardly more.
    expect(parked).toBeLessThan(10);
    expect(deadLettered).toEqual([]);
    const created = new Set(await readTargetIds(lab.targetUrl));
    expect([...delivered].filter((id) => !created.has(id))).toEqual([]);
    expect(second).toBe(0);
    expect(await lab.failures()).toEqual([]);
  },
  300_000,
);
