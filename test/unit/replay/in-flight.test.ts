import { beforeEach, describe, expect, it } from 'vitest';
import type { Fact } from '../../../lib/event/fact.ts';
import { InFlight } from '../../../lib/replay/in-flight.ts';
import { deferred, delivered, NOON_MS, received } from '../../support/timed-facts.ts';

const replay = { runId: 'r', reason: 'test' };

let inFlight: InFlight;
let sequence: number;

beforeEach(() => {
  inFlight = new InFlight();
  sequence = 0;
});

/** Takes a fact as the next record of a shard, `ms` after noon. */
function take(fact: Fact, ms = 0, shardId = 's1') {
  sequence += 1;
  inFlight.take(fact, {
    shardId,
    sequenceNumber: String(sequence),
    approximateArrivalMs: NOON_MS + ms,
  });
}

const lagAfter = (ms: number) => inFlight.lagMs(NOON_MS + ms);
const position = (settledThrough: number, ms = 0, shardId = 's1') => [
  { shardId, settledThrough: String(settledThrough), arrivedAtMs: NOON_MS + ms },
];

describe('InFlight', () => {
  it('holds what has no end, and is as far behind as the oldest of it', () => {
    take(received('a'));
    take(received('b'), 1000);
    expect([lagAfter(5000), inFlight.size]).toEqual([5000, 2]);
    take(delivered('a'), 2000);
    expect(lagAfter(5000)).toBe(4000);
    expect([...inFlight.eventIds()]).toEqual(['b']);
    take(delivered('b'), 2000);
    expect([lagAfter(5000), inFlight.size]).toEqual([0, 0]);
  });

  it('knows the end of a repeated id', () => {
    for (const fact of [received('a'), delivered('a'), received('a')]) take(fact);
    expect(inFlight.size).toBe(1);
    take(delivered('a', { verified: true }));
    expect(inFlight.size).toBe(0);
  });

  it('drops what dispatch has passed, though it has no end', () => {
    take(received('given up'));
    take(received('b'), 1000);
    inFlight.setPositions(position(1, 1000));
    expect([...inFlight.eventIds()]).toEqual(['b']);
    expect(lagAfter(5000)).toBe(4000);
  });

  it('does not hold what lies before the position', () => {
    inFlight.setPositions(position(2));
    for (const id of ['a', 'b', 'c']) take(received(id));
    expect([...inFlight.eventIds()]).toEqual(['c']);
  });

  it('keeps an event apart from its replay', () => {
    take(received('a', { replay }));
    take(delivered('a'));
    expect(inFlight.size).toBe(1);
    take(delivered('a', { replay }));
    expect(inFlight.size).toBe(0);
  });

  it('holds a parked event only once it has returned', () => {
    take(received('a'));
    take(deferred('a'));
    expect(inFlight.size).toBe(0);
    take(received('a', { deferral: 1 }), 60_000);
    expect(lagAfter(62_000)).toBe(2000);
    take(deferred('a', { deferral: 2 }));
    expect(inFlight.size).toBe(0);
  });

  it('takes a copy on another shard for the same, whichever is read first', () => {
    const copy = { ...received('a'), mayRepeat: true as const };
    take(received('a'));
    take(copy as Fact, 0, 's2');
    take(delivered('a'));
    expect(inFlight.size).toBe(0);
    take(delivered('b'));
    take({ ...received('b'), mayRepeat: true } as Fact, 0, 's2');
    expect(inFlight.size).toBe(0);
  });

  it('is of the shard that is furthest behind', () => {
    take(received('a'), 3000);
    take(received('b'), 1000, 's2');
    expect(lagAfter(9000)).toBe(8000);
  });

  it('follows the position where there are too many to remember', () => {
    inFlight = new InFlight({ most: 2 });
    inFlight.setPositions(position(0, -500));
    for (const id of ['a', 'b', 'c', 'd']) take(received(id));
    take(delivered('a'));
    take(delivered('b'));
    expect(lagAfter(5000)).toBe(5500);
    inFlight.setPositions(position(3, 4000));
    expect(lagAfter(5000)).toBe(1000);
    inFlight.setPositions(position(4, 4000));
    expect(lagAfter(5000)).toBe(0);
  });
});
