import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { idsOf } from '../../../scripts/id-list.ts';
import { contentLines, contentsOf } from '../../../scripts/trace/contents.ts';
import { nextStep } from '../../../scripts/trace/next-command.ts';
import type { TracedFact } from '../../../scripts/trace/trace-history.ts';
import { deadLettered, delivered, received } from '../../support/timed-facts.ts';

const LOCAL = { flags: ['--data-dir', "/tmp/o'hara's run"] };
const AWS = { flags: ['--stack', 'stack.json'] };

const lifeOf = (...facts: Fact[]) => ({
  facts: facts.map((fact) => ({ fact: fact as TracedFact['fact'], where: 'here' })),
});
const dead = lifeOf(received('e'), deadLettered('e'));

/** The arguments that a shell makes of a command. */
const argumentsOf = (command: string) =>
  execFileSync('sh', ['-c', `for each in ${command}; do printf '%s\\0' "$each"; done`])
    .toString()
    .split('\0')
    .slice(0, -1);

describe('what to do next about an event', () => {
  it.each([
    ['delivered', lifeOf(received('e'), delivered('e')), undefined],
    [
      'deadLettered',
      dead,
      "npm run replay -- --ids=e --execute --reason 'cause mended' --stack stack.json",
    ],
    [
      'deadLettered',
      lifeOf(deadLettered('e', { reason: 'malformed' })),
      "npm run dismiss -- --id=e --reason 'sent again in a good form' --stack stack.json",
    ],
    ['pending', lifeOf(received('e')), 'npm run trace -- e --follow --stack stack.json'],
    ['deferred', lifeOf(received('e')), 'npm run trace -- e --follow --stack stack.json'],
    [undefined, lifeOf(), 'npm run trace -- e --follow --stack stack.json'],
  ] as const)('%s', (state, history, command) => {
    expect(nextStep('e', state, history, AWS)?.command).toBe(command);
  });

  it('is to resume dispatch while it is paused', () => {
    const life = lifeOf(received('e'));
    expect(nextStep('e', 'pending', life, AWS, true)?.command).toBe(
      'npm run resume -- --stack stack.json',
    );
    expect(nextStep('e', 'deadLettered', dead, AWS, true)?.command).toMatch(/^npm run replay/);
  });

  it.each(['$(touch x)', "a'b", 'a, "b"', '--odd', '-NxId', "'=1", 'x\u009b2J', '\u202eabc'])(
    'is a command that a shell reads as it is meant: %j',
    (id) => {
      const replay = nextStep(id, 'deadLettered', dead, LOCAL)?.command ?? '';
      const [ids = '', ...rest] = argumentsOf(replay).slice(4);
      expect(ids).toMatch(/^--ids=/);
      expect(idsOf(ids.slice('--ids='.length))).toEqual([id]);
      expect(rest).toEqual(['--execute', '--reason', 'cause mended', ...LOCAL.flags]);
      const follow = argumentsOf(nextStep(id, 'pending', dead, LOCAL)?.command ?? '').slice(4);
      expect(follow).toEqual(
        id === '--odd' ? ['--follow', ...LOCAL.flags, '--', id] : [id, '--follow', ...LOCAL.flags],
      );
    },
  );
});

describe('the contents of an event', () => {
  it('are its name and its payload, a long one cut', () => {
    const long = {
      ...received('e', { name: 'order.shipped' }),
      payload: { name: 'n', body: 'x'.repeat(600) },
    };
    expect(contentLines(contentsOf(lifeOf(long as Fact)))).toEqual([
      'name     n',
      `payload  {"name":"n","body":"${'x'.repeat(480)} … and 122 characters more: see them with --json`,
    ]);
  });

  it('say where the payload is that the status table does not keep', () => {
    const { payload: _, ...entry } = received('e') as Extract<Fact, { type: 'received' }>;
    const history = { facts: [{ fact: { ...entry, name: 'n' }, where: 'status table' }] };
    expect(contentLines(contentsOf(history))).toEqual([
      'name     n',
      'payload  not in the status table: see it with --archive',
    ]);
  });
});
