import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { send } from '../support/operator.ts';
import { startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const credential = (token: string) =>
  JSON.stringify({ headers: { authorization: `Bearer ${token}`, 'x-tenant': 'shop' } });

/** A target that takes what comes with the right token, and answers everything else with 401. */
async function startGuardedTarget() {
  const door = { accepted: 'one', created: new Set<string>(), refused: 0 };
  const server = createServer(async (request, response) => {
    const { authorization, 'x-tenant': tenant } = request.headers;
    const { variables = {} } = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const isIn = authorization === `Bearer ${door.accepted}` && tenant === 'shop';
    if (isIn) door.created.add(variables.id);
    else door.refused += 1;
    const data = { createItem: { id: variables.id }, getItem: null };
    response.writeHead(isIn ? 200 : 401, { 'content-type': 'application/json' });
    response.end(isIn ? JSON.stringify({ data }) : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { door, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql` };
}

it('sends the credential of a file with every call, and another when the file has changed', async () => {
  const folder = await temporaryFolder('credential');
  const file = join(folder, 'credential.json');
  await writeFile(file, credential('one'));
  const { door, url } = await startGuardedTarget();
  // An event that was refused until the credential was read again is parked for a minute on a busy machine.
  const flags = ['--target-url', url, '--target-credential', file, '--recover-seconds', '1'];
  const run = await startLocalRun(join(folder, 'data'), flags);
  onTestFinished(() => run.killGroup('SIGKILL'));

  const first = await send(join(folder, 'data'), 3, join(folder, 'first.txt'));
  await waitUntil('the first events', () => first.every((id) => door.created.has(id)));
  expect(door.refused).toBe(0);

  door.accepted = 'two';
  await writeFile(file, credential('two'));
  const second = await send(join(folder, 'data'), 3, join(folder, 'second.txt'));
  await waitUntil(
    'the events after the change',
    () => second.every((id) => door.created.has(id)),
    90_000,
  );

  run.killGroup('SIGTERM');
  const { code, stdout, stderr } = await run.exited;
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining('is replaced') });
  expect(stdout + stderr).not.toMatch(/Bearer/);
});
