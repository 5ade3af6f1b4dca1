import { describe, expect, test } from 'vitest';
import {
  type BatchDecision,
  type BatchSituation,
  closeBatch,
  maximumPayloadBytes,
} from '../../../local/event-source-mapping/batch-closing.ts';
import { laneRecord } from './support.ts';

const situation: BatchSituation = {
  pending: [],
  ended: false,
  nowMs: 1000,
  windowStartedMs: 1000,
  batchSize: 3,
  batchingWindowMs: 0,
};
const records = (count: number, bufferedMs = 1000) =>
  Array.from({ length: count }, (_, index) => laneRecord(index, { bufferedMs }));
const half = laneRecord(1, { bytes: maximumPayloadBytes / 2, bufferedMs: 1000 });

interface Case extends Partial<BatchSituation> {
  name: string;
  expected: BatchDecision;
}

const cases: Case[] = [
  { name: 'waits while there is nothing', expected: { type: 'wait' } },
  { name: 'is drained when nothing will follow', ended: true, expected: { type: 'drained' } },
  {
    name: 'takes what there is when there is no window',
    pending: records(2),
    expected: { type: 'close', count: 2, reason: 'window' },
  },
  {
    name: 'closes on size and leaves the rest',
    pending: records(5),
    batchingWindowMs: 500,
    expected: { type: 'close', count: 3, reason: 'size' },
  },
  {
    name: 'waits for the window to end',
    pending: records(2),
    batchingWindowMs: 500,
    nowMs: 1100,
    expected: { type: 'wait', ms: 400 },
  },
  {
    name: 'closes when the window ends',
    pending: records(2),
    batchingWindowMs: 500,
    nowMs: 1500,
    expected: { type: 'close', count: 2, reason: 'window' },
  },
  {
    name: 'counts the window from the end of the former invocation, not from the first record',
    pending: records(1, 400),
    batchingWindowMs: 500,
    nowMs: 1100,
    expected: { type: 'wait', ms: 400 },
  },
  {
    name: 'lets an empty window be followed by the next',
    pending: records(1, 2600),
    batchingWindowMs: 500,
    nowMs: 2700,
    expected: { type: 'wait', ms: 300 },
  },
  {
    name: 'does not wait for the window at the end of a shard',
    pending: records(1),
    batchingWindowMs: 500,
    ended: true,
    expected: { type: 'close', count: 1, reason: 'shardEnd' },
  },
  {
    name: 'closes on 6 MB of payload, the envelope included',
    pending: [half, half],
    batchingWindowMs: 500,
    expected: { type: 'close', count: 1, reason: 'payload' },
  },
  {
    name: 'fills the payload to the last byte',
    pending: [half, { ...half, bytes: maximumPayloadBytes / 2 - '{"Records":[]},'.length }],
    batchingWindowMs: 500,
    nowMs: 1100,
    expected: { type: 'wait', ms: 400 },
  },
  {
    name: 'takes a single record however big it is',
    pending: [laneRecord(1, { bytes: maximumPayloadBytes * 2 }), half],
    expected: { type: 'close', count: 1, reason: 'payload' },
  },
];

describe('closeBatch', () => {
  test.each(cases)('$name', ({ name: _, expected: decision, ...given }) => {
    expect(closeBatch({ ...situation, ...given })).toEqual(decision);
  });
});
