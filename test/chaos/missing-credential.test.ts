import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { buildHandlers } from '../../scripts/build.ts';
import { startDispatchLab } from '../support/dispatch-lab.ts';
import { putSecret } from '../support/put-secret.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const SECRET_ID = 'shop/target';
const EVENTS = 30;

it('sends nothing before the credential is there, then every event once', async () => {
  const folder = await temporaryFolder('credential');
  const bundles = await buildHandlers(join(folder, 'dist'));
  const lab = await startDispatchLab({
    folder,
    bundle: bundles.find(({ name }) => name === 'dispatch')?.path ?? '',
    batchSize: 100,
    maximumRetryAttempts: 10,
    ratePerSecond: 100,
    targetFlags: ['--allow-duplicates'],
    credentialSecretId: SECRET_ID,
  });
  onTestFinished(lab.stop);
  await lab.append(Array.from({ length: EVENTS }, (_, index) => `event-${index}`));
  await lab.start();
  const log = () => readFile(join(folder, 'dispatch.log'), 'utf8').catch(() => '');
  await waitUntil('the target is not well', async () =>
    (await log()).includes('The target is not well'),
  );
  expect(await log()).toContain(`${SECRET_ID} cannot be read: ResourceNotFoundException`);
  expect(await lab.targetStats()).toMatchObject({ calls: 0 });

  const credential = { headers: { authorization: 'Bearer hunter2' } };
  await putSecret(lab.secretsManagerUrl, SECRET_ID, JSON.stringify(credential));
  await waitUntil('every event is at the target', async () => {
    return (await lab.targetStats()).distinctItems === EVENTS;
  });
  expect(await lab.targetStats()).toMatchObject({ items: EVENTS });
  expect(await lab.failures()).toEqual([]);
  expect(await log()).not.toContain('hunter2');
});
