import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTargetStats } from '../../scripts/demo/target-client.ts';
import { type Fault, INTERNAL_FAILURE, THROTTLED } from '../support/fault-proxy.ts';
import { type StoreFaultsLab, startStoreFaultsLab } from '../support/store-faults-lab.ts';
import { waitUntil } from '../support/wait-until.ts';

const WELL: Fault = { kind: 'none' };
const HUNG: Fault = { kind: 'hang' };
const REFUSED: Fault = { kind: 'refuse' };

let folder: string;
let lab: StoreFaultsLab;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orchestrator-ingest-faults-'));
  lab = await startStoreFaultsLab({ folder, ratePerSecond: 200, environments: 3 });
});

afterAll(async () => {
  await lab.stop();
  await rm(folder, { recursive: true, force: true });
});

async function spilledKeys(): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of lab.pipeline.spill.list('')) keys.push(key);
  return keys;
}

/** Sends while there are faults, then makes everything well again. */
async function sendIn(kinesis: Fault, s3: Fault, share = 1) {
  lab.kinesis.set(kinesis, share);
  lab.s3.set(s3);
  const sent = await lab.send(40, 15);
  lab.kinesis.set(WELL);
  lab.s3.set(WELL);
  return sent;
}

describe('with faults between ingest and its stores', () => {
  it.each<[string, Fault, Fault, number?]>([
    ['Kinesis hangs', HUNG, WELL],
    ['Kinesis refuses connections', REFUSED, WELL],
    ['Kinesis throttles everything', THROTTLED, WELL],
    ['Kinesis fails', INTERNAL_FAILURE, WELL],
    ['Kinesis throttles a third and S3 is down', THROTTLED, REFUSED, 0.3],
    ['Kinesis loses its answers', { kind: 'lost' }, WELL],
    ['S3 hangs', WELL, HUNG],
  ])('acknowledges every event while %s, and each reaches the target', async (_, ...faults) => {
    const { acknowledged } = await sendIn(...faults);
    // On a machine that is busy with other tests, some may run out of time; none of them is acknowledged then.
    expect(acknowledged.size).toBeGreaterThanOrEqual(36);
    expect(await lab.missingAtTarget(acknowledged, 60_000)).toEqual([]);
    await waitUntil('an empty spill bucket', async () => (await spilledKeys()).length === 0);
  });

  it('acknowledges nothing that no store took', async () => {
    const { acknowledged, statuses } = await sendIn(REFUSED, REFUSED);
    expect(acknowledged.size).toBe(0);
    expect(statuses).toEqual({ 503: 40 });
  });

  it('creates no event a second time', async () => {
    const { duplicateAttempts } = await readTargetStats(lab.pipeline.endpoints.target);
    expect(duplicateAttempts).toBe(0);
  });
});
