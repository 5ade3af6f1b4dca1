import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readTargetStats } from '../../scripts/demo/target-client.ts';
import { endAll, send, start, stop } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const EVENTS = 300;

it('delivers every event once at the rate of the target when it behaves like AWS', async () => {
  const folder = await temporaryFolder('aws-like');
  const dataDir = join(folder, 'data');
  const run = await start(dataDir, ['--aws-like', '--rate', '50']);
  const acked = await send(dataDir, EVENTS, join(folder, 'acked'), 40);
  const statsOf = () => readTargetStats(run.endpoints.target);
  // By the counters, which are not under the limit as a query is.
  await waitUntil('every item', async () => (await statsOf()).distinctItems >= acked.length);
  const { items, distinctItems, throttled } = await statsOf();
  expect({ second: items - distinctItems, throttled }).toEqual({ second: 0, throttled: 0 });
  await endAll(dataDir, acked);
  expect(await stop(run)).toMatchObject({ code: 0 });
  await waitUntil('the end of every process', () => processesOf(run.child.pid) === '');
});

/** Lists the processes of a group. */
function processesOf(group: number | undefined): string {
  const lines = execFileSync('ps', ['-eo', 'pgid=,pid=,stat=,args=']).toString().split('\n');
  return lines.filter((line) => line.trim().startsWith(`${group} `)).join('\n');
}
