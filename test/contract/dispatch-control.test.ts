import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createLambdaClient } from '../../lib/aws/lambda-client.ts';
import { createLambdaDispatchControl } from '../../lib/aws/lambda-dispatch-control.ts';
import { systemClock } from '../../lib/clock.ts';
import type { EventSourceMapping } from '../../local/event-source-mapping/event-source-mapping.ts';
import { startLambdaApi, startMappingSwitch } from '../../local/lambda-api.ts';
import { IDENTITY, NAMES } from '../../local/layout.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

/** A mapping that stops when it is told to. */
function slowMapping() {
  const calls: string[] = [];
  let finish: () => void = () => undefined;
  const mapping: EventSourceMapping = {
    async start() {
      calls.push('start');
    },
    async stop() {
      calls.push('stop');
      await new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  };
  return { mapping, calls, finish: () => finish() };
}

async function setUp(statePath: string) {
  const slow = slowMapping();
  const mapping = await startMappingSwitch(slow.mapping, statePath, () => 1_772_366_400_000);
  const api = await startLambdaApi({
    port: 0,
    mappingUuid: NAMES.mappingUuid,
    mapping,
    functionName: NAMES.dispatchFunction,
    functionArn: 'arn',
    environment: { TARGET_RATE_PER_SECOND: '12.5' },
  });
  onTestFinished(() => api.close());
  const client = createLambdaClient({ endpoint: api.url, identity: IDENTITY });
  const names = { mappingUuid: NAMES.mappingUuid, functionName: NAMES.dispatchFunction };
  const control = createLambdaDispatchControl({ client, ...names, clock: systemClock });
  return { ...slow, control, client, url: api.url };
}

it('pauses and resumes a mapping through the Lambda API, and remembers it', async () => {
  const statePath = join(await temporaryFolder('switch'), 'state.json');
  const { control, calls, finish } = await setUp(statePath);
  expect(await control.read()).toEqual({ state: 'Enabled', changedAtMs: 0 });
  expect(await control.readRatePerSecond()).toBe(12.5);

  await control.setEnabled(false);
  expect(await control.read()).toEqual({ state: 'Disabling', changedAtMs: 1_772_366_400_000 });
  // While it changes, it cannot be changed: the adapter waits for that.
  const resuming = control.setEnabled(true);
  finish();
  await resuming;
  await waitUntil('it to start', async () => (await control.read()).state === 'Enabled');
  await control.setEnabled(true);
  expect(calls).toEqual(['start', 'stop', 'start']);

  await control.setEnabled(false);
  const after = await setUp(statePath);
  expect((await after.control.read()).state).toBe('Disabled');
  expect(after.calls).toEqual([]);
});

it('refuses what it does not know as AWS does', async () => {
  const { client } = await setUp(join(await temporaryFolder('switch'), 'state.json'));
  const names = { mappingUuid: 'another', functionName: 'another' };
  const control = createLambdaDispatchControl({ client, ...names, clock: systemClock });
  await expect(control.read()).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(control.readRatePerSecond()).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

it('answers what cannot be read, and goes on', async () => {
  const { url, control } = await setUp(join(await temporaryFolder('switch'), 'state.json'));
  const path = `${url}/2015-03-31/event-source-mappings/${NAMES.mappingUuid}`;
  const statuses = [
    (await fetch(`${url}/%`)).status,
    (await fetch(path, { method: 'PUT', body: '{' })).status,
    (await fetch(path, { method: 'PUT', body: 'null' })).status,
  ];
  expect(statuses).toEqual([400, 400, 400]);
  expect(await control.read()).toMatchObject({ state: 'Enabled' });
});
