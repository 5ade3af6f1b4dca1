import { existsSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { AuditReport } from '../../lib/replay/audit.ts';
import { EXAMPLE_TARGETS } from '../support/example-targets.ts';
import { startGraphQlServer } from '../support/graphql-server.ts';
import { HELD, operate, send, stop } from '../support/operator.ts';
import { startLocalRun } from '../support/start-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { waitUntil } from '../support/wait-until.ts';

const DIST = join(import.meta.dirname, '../../dist/dispatch/index.mjs');

const modifiedMs = async (path: string) => (existsSync(path) ? (await stat(path)).mtimeMs : 0);

describe.each(Object.entries(EXAMPLE_TARGETS))('a target of the shape %s', (_name, make) => {
  it('gets every event once', async () => {
    const target = make();
    const server = await startGraphQlServer(target.api);
    const dataDir = await temporaryFolder('contract');
    const builtMs = await modifiedMs(DIST);
    const run = await startLocalRun(dataDir, [
      ...['--archive-seconds', '1', '--rate', '100'],
      ...['--target-url', server.url, '--target-contract', target.contract],
    ]);
    try {
      const accepted = await send(dataDir, 20, join(dataDir, 'acked.txt'));
      await waitUntil('all events delivered', async () => {
        const { answer } = await operate<AuditReport>('audit', dataDir, []);
        const { received, delivered } = answer.events;
        return received >= accepted.length && delivered === received;
      });
      expect(accepted.filter((id) => !target.items.has(id))).toEqual([]);
      expect([...target.items.values()].filter((times) => times !== 1)).toEqual([]);
      expect(await operate('audit', dataDir, [])).toMatchObject(HELD);
    } finally {
      run.killGroup('SIGTERM');
    }
    const { code, stderr } = await stop(run);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining(
        `ready: ${server.url} fits the target contract docs/examples/`,
      ),
    });
    // Runs beside this one use dist/ with the default contract.
    expect(await modifiedMs(DIST)).toBe(builtMs);
    const named = await readFile(join(dataDir, 'bundles/target-contract.json'), 'utf8');
    expect(JSON.parse(named).folder).toMatch(/^docs\/examples\//);
  });
});
