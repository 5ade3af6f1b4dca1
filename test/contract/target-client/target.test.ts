import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { Target, TargetEvent } from '../../../lib/ports.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import { createGraphQlTarget } from '../../../lib/target/graphql-target.ts';
import { startTarget } from '../../../local/target/start-target.ts';
import { itemContract } from '../../support/item-contract.ts';
import { LabTarget } from '../../support/lane-lab.ts';

const CALL = { traceId: 'f'.repeat(32) };
const eventOf = (id: string): TargetEvent => ({
  id,
  payload: { id, name: 'n', body: 'b' },
  timestamp: 1,
});

async function openReal(): Promise<Target> {
  const running = await startTarget({});
  onTestFinished(() => running.close());
  return createGraphQlTarget({
    url: running.graphqlUrl,
    timeoutMs: 5000,
    contract: itemContract(),
    brand: () => 'acme',
    codes: DEFAULT_CODES,
    responseMaxBytes: 1_000_000,
    clock: systemClock,
  });
}

/** Both pass the same suite, so that tests of dispatch may use the one in memory. */
describe.each<[string, () => Target | Promise<Target>]>([
  ['over HTTP', openReal],
  ['in memory', () => Object.assign(new LabTarget(systemClock), { latencyMs: 1, effectMs: 0 })],
])('a target %s', (_, open) => {
  it('delivers an event once, and then knows it', async () => {
    const target = await open();
    const delivered = { status: 200, verdicts: [{ kind: 'delivered' }], retryAlone: false };
    expect(await target.create([eventOf('a')], CALL)).toEqual(delivered);
    const again = await target.create([eventOf('a')], CALL);
    expect(again.verdicts).toEqual([{ kind: 'duplicate' }]);
    expect(again.retryAlone).toBe(false);
  });

  it('finds what it has, and nothing else, in the order of the events', async () => {
    const target = await open();
    expect(target.canLookUp).toBe(true);
    await target.create(['a', 'c'].map(eventOf), CALL);
    expect(await target.lookUp(['a', 'b', 'c'].map(eventOf), CALL)).toEqual({
      status: 200,
      verdicts: [{ kind: 'found' }, { kind: 'absent' }, { kind: 'found' }],
      retryAlone: false,
    });
  });
});
