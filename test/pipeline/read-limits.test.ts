import { join } from 'node:path';
import { expect, it } from 'vitest';
import { operate, send, start, stop } from '../support/operator.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** READ_LIMITS_ROUNDS=20 tries each command twenty times, and prints a tally. */
const ROUNDS = Number(process.env.READ_LIMITS_ROUNDS ?? 3);

const HOW = ['--limit', '5', '--execute', '--reason', 'test'];

/** The commands, with the output that each must print besides exit code 0. */
const EXPECTED: [command: string, flags: (id: string) => string[], answer: object][] = [
  ['pause', () => [], { paused: true, state: 'Disabled' }],
  ['resume', () => [], { running: true, state: 'Enabled', events: expect.any(Number) }],
  ['replay', () => HOW, { planned: 5, appended: 5, refused: [], end: 'done' }],
  ['audit', () => [], { verdict: 'holds', events: { unaccounted: 0 } }],
  ['trace', (id) => [id, '--archive'], { found: true, damages: [] }],
];

it('serves every command of the operator against a shard with the read limits of AWS', async () => {
  const folder = await temporaryFolder('read-limits');
  const dataDir = join(folder, 'data');
  const run = await start(dataDir, ['--aws-like']);
  const [id = ''] = await send(dataDir, 300, join(folder, 'acked'), 60);
  const passed = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round++)
    for (const [command, flags, answer] of EXPECTED) {
      const result = await operate(command, dataDir, flags(id));
      expect.soft(result, `${command}, round ${round + 1}`).toMatchObject({ code: 0, answer });
      if (result.code === 0) passed.set(command, (passed.get(command) ?? 0) + 1);
    }
  if (process.env.READ_LIMITS_ROUNDS)
    for (const [command, count] of passed) console.log(`${command}: ${count} of ${ROUNDS}`);
  await stop(run);
}, 900_000);
