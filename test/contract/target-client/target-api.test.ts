import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { TargetApi, TargetEvent } from '../../../lib/ports.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import { createGraphQlTarget } from '../../../lib/target/graphql-target.ts';
import { startTarget } from '../../../local/target/start-target.ts';
import { itemContract } from '../../support/item-contract.ts';
import { VerdictTarget } from '../../support/verdict-target.ts';

const CALL = { traceId: 'f'.repeat(32) };
const eventOf = (id: string): TargetEvent => ({
  id,
  payload: { id, name: 'n', body: 'b' },
  timestamp: 1,
});

async function openReal(): Promise<TargetApi> {
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
describe.each<[string, () => TargetApi | Promise<TargetApi>]>([
  ['over HTTP', openReal],
  ['in memory', () => new VerdictTarget()],
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

describe('the target in memory', () => {
  it('fails as its script says', async () => {
    const target = new VerdictTarget();
    target.fails = (id, calls) => {
      if (id === 'lost') return 'lost';
      return calls < 2 ? { kind: 'throttled', code: 'HTTP_429', message: 'slow down' } : undefined;
    };
    expect(await target.create([eventOf('a')])).toMatchObject({
      status: 429,
      verdicts: [{ kind: 'throttled' }],
    });
    expect(await target.create(['a', 'lost'].map(eventOf))).toMatchObject({
      verdicts: [{ kind: 'delivered' }, { kind: 'unknown', code: 'ECONNRESET' }],
    });
    expect((await target.lookUp([eventOf('lost')])).verdicts).toEqual([{ kind: 'found' }]);
    expect(target.callsOf('lost')).toEqual(['create', 'lookUp']);
    target.refusesGroups = true;
    expect((await target.create(['x', 'y'].map(eventOf))).retryAlone).toBe(true);
    expect(target.items.has('x')).toBe(false);
  });
});
