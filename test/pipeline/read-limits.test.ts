import { join } from 'node:path';
import { expect, it } from 'vitest';
import { operate, send, start, stop } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

it('serves every command of the operator against a shard with the read limits of AWS', async () => {
  const folder = await temporaryFolder('read-limits');
  const dataDir = join(folder, 'data');
  const run = await start(dataDir, ['--aws-like']);
  const [id = ''] = await send(dataDir, 300, join(folder, 'acked'), 60);
  const codes: Record<string, (number | null)[]> = {};
  const round = async (name: string, flags: string[]) => {
    const { code } = await operate(name, dataDir, flags);
    codes[name] = [...(codes[name] ?? []), code];
  };
  const how = ['--limit', '5', '--execute', '--reason', 'test'];
  for (let count = 0; count < 3; count++) {
    await round('pause', []);
    await round('resume', []);
    await round('replay', how);
    await round('audit', []);
    await round('trace', [id, '--archive']);
  }
  const all = [0, 0, 0];
  expect(codes).toEqual({ pause: all, resume: all, replay: all, audit: all, trace: all });
  await stop(run);
});
