import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { encodeFact } from '../../lib/event/encode.ts';
import { buildHandlers } from '../../scripts/build.ts';
import { startDispatchLab } from '../support/dispatch-lab.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 500;
const POISON = 'event-217';

/** The dispatch bundle with a switch: a batch that holds the poison ends the process. */
async function buildPoisoned(folder: string): Promise<string> {
  const bundles = await buildHandlers(join(folder, 'dist'));
  const bundle = bundles.find(({ name }) => name === 'dispatch');
  const path = join(folder, 'poisoned.mjs');
  await writeFile(
    path,
    `import { handler as dispatch } from ${JSON.stringify(bundle?.path)};
    export function handler(event, context) {
      if (event.Records.some(({ kinesis }) => kinesis.partitionKey === ${JSON.stringify(POISON)})) process.exit(7);
      return dispatch(event, context);
    }`,
  );
  return path;
}

/** Invocations until one record of n stands alone, halving as Lambda does: n itself, then both halves of each part with the poison. */
function invocationsToIsolate(count: number, position: number): number {
  if (count === 1) return 0;
  const left = Math.floor(count / 2);
  const inLeft = position < left;
  return (
    2 + invocationsToIsolate(inLeft ? left : count - left, inLeft ? position : position - left)
  );
}

it('delivers every other event of a batch once when one event crashes the process, and keeps that one whole', async () => {
  const folder = await temporaryFolder('poison');
  const retries = 2;
  const lab = await startDispatchLab({
    folder,
    bundle: await buildPoisoned(folder),
    batchSize: EVENTS,
    maximumRetryAttempts: retries,
    ratePerSecond: 1000,
  });
  onTestFinished(lab.stop);
  const ids = Array.from({ length: EVENTS }, (_, index) => `event-${index}`);
  await lab.append(ids);
  await lab.start();
  await waitUntil(
    'all but one at the target',
    async () => (await lab.targetStats()).created >= EVENTS - 1,
  );
  await waitUntil(
    'the poison in the failures bucket',
    async () => (await lab.failures()).length > 0,
  );

  const stats = await lab.targetStats();
  expect(stats).toMatchObject({ created: EVENTS - 1, duplicateAttempts: 0 });
  const failures = await lab.failures();
  expect(failures).toHaveLength(1);
  const records = failures[0]?.records ?? [];
  expect(records.map(({ partitionKey }) => partitionKey)).toEqual([POISON]);
  expect(JSON.parse(Buffer.from(records[0]?.data ?? '', 'base64').toString())).toEqual(
    JSON.parse(Buffer.from(encodeFact(lab.factOf(POISON))).toString()),
  );
  // The whole batch, then bisecting, then the retries of the poison alone.
  const batches = lab.invocations.filter(({ records: count }) => count > 0).length;
  expect(batches).toBe(1 + invocationsToIsolate(EVENTS, 217) + retries);
});
