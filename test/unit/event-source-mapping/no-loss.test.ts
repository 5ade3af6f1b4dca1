import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CheckpointStore } from '../../../local/event-source-mapping/checkpoint.ts';
import type { EventSourceMappingSettings } from '../../../local/event-source-mapping/settings.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { createMemoryCheckpointStore } from '../../support/memory-checkpoint-store.ts';
import { InMemoryStream, shardName } from './in-memory-stream.ts';
import { type Answer, arrange, bucketDestination, reporting, success, thrown } from './support.ts';

/** How one invocation goes; a cut reports the record at that part of the batch. */
type Fate = { cut: number } | 'success' | 'throw' | 'crash' | 'timeout' | 'throttle' | 'nonsense';

const fate: fc.Arbitrary<Fate> = fc.oneof(
  fc.constantFrom<Fate[]>('success', 'throw', 'crash', 'timeout', 'throttle', 'nonsense'),
  fc.record({ cut: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
);

const history = fc.record({
  records: fc.array(fc.record({ key: fc.nat(6), wanted: fc.boolean(), afterSplit: fc.boolean() }), {
    minLength: 1,
    maxLength: 25,
  }),
  fates: fc.array(fate, { maxLength: 40 }),
  refusals: fc.nat(3),
  /** How long each of the first runs lasts before the process is stopped. */
  runsMs: fc.array(fc.nat(20_000), { maxLength: 3 }),
  settings: fc.record({
    batchSize: fc.integer({ min: 1, max: 8 }),
    batchingWindowMs: fc.constantFrom(0, 1000),
    parallelizationFactor: fc.integer({ min: 1, max: 3 }),
    maximumRetryAttempts: fc.integer({ min: -1, max: 3 }),
    maximumRecordAgeSeconds: fc.constantFrom(-1, 60),
    bisectBatchOnFunctionError: fc.boolean(),
    reportBatchItemFailures: fc.boolean(),
  }),
});

test('no record is lost, and no checkpoint passes an unsettled one, whatever happens', async () => {
  await fc.assert(
    fc.asyncProperty(history, async ({ records, fates, refusals, runsMs, settings }) => {
      const clock = new ManualClock();
      const stream = new InMemoryStream(clock);
      const settled = new Set<string>();
      const wanted = fill(stream, records, settled);
      const ledger = watchedStore(stream, settled);
      const play = answering(fates, settings, settled);
      const scenario = {
        clock,
        stream,
        checkpoints: ledger.store,
        destination: destinationOf(settled, refusals),
        answer: async (numbers: string[]) => {
          await clock.sleep(700);
          return play(numbers);
        },
        settings: {
          ...settings,
          pollIntervalMs: 5000,
          filterPatterns: ['{"data":{"wanted":[true]}}'],
        },
      };
      for (const ms of runsMs) await runFor(ms, scenario);
      const { mapping } = arrange(scenario);
      await mapping.start();
      for (let minutes = 0; minutes < 60 && !wanted.every((n) => settled.has(n)); minutes += 1) {
        await clock.advance(60_000);
      }
      expect(wanted.filter((number) => !settled.has(number))).toEqual([]);
      expect(ledger.passed).toEqual([]);
    }),
    { numRuns: 150 },
  );
}, 60_000);

test('one poison record in a batch of n costs what bisecting explains', async () => {
  const cases = fc.record({
    size: fc.integer({ min: 1, max: 40 }),
    poison: fc.nat(),
    maximumRetryAttempts: fc.nat(4),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ size, poison, maximumRetryAttempts }) => {
      const at = poison % size;
      const number = String(95 + at);
      const destination = bucketDestination();
      const { clock, stream, mapping, invocations } = arrange({
        destination,
        settings: {
          batchSize: size,
          maximumRetryAttempts,
          bisectBatchOnFunctionError: true,
          pollIntervalMs: 60_000,
        },
        answer: (numbers) => (numbers.includes(number) ? thrown : success),
      });
      stream.appendMany(size);
      await mapping.start();
      await clock.advance(600_000);
      await mapping.stop();
      expect(invocations).toHaveLength(invocationsFor(size, at, maximumRetryAttempts));
      expect(destination.objects).toMatchObject([
        { KinesisBatchInfo: { batchSize: 1, startSequenceNumber: number } },
      ]);
    }),
    { numRuns: 40 },
  );
}, 60_000);

/** Every level costs itself and the healthy half; the record alone costs all its attempts. */
function invocationsFor(size: number, poisonAt: number, retries: number): number {
  if (size === 1) return retries + 1;
  const half = Math.floor(size / 2);
  const inLeft = poisonAt < half;
  const rest = inLeft
    ? invocationsFor(half, poisonAt, retries)
    : invocationsFor(size - half, poisonAt - half, retries);
  return 1 + rest + 1;
}

interface Written {
  key: number;
  wanted: boolean;
  afterSplit: boolean;
}

/** Writes the records, the later ones into the children of a split; answers those to be delivered. */
function fill(stream: InMemoryStream, records: Written[], settled: Set<string>): string[] {
  const write = ({ key, wanted }: Written, shardId: string) => {
    const number = stream.append({ wanted }, { shardId, partitionKey: `key-${key}` });
    if (!wanted) settled.add(number);
    return wanted ? [number] : [];
  };
  const parents = records.filter(({ afterSplit }) => !afterSplit);
  const children = records.filter(({ afterSplit }) => afterSplit);
  const inParent = parents.flatMap((record) => write(record, shardName(0)));
  if (children.length === 0) return inParent;
  const [left, right] = stream.split(shardName(0));
  return [
    ...inParent,
    ...children.flatMap((record) => write(record, record.key % 2 === 0 ? left : right)),
  ];
}

/** A store that notes every record which a saved checkpoint passed although it was not settled. */
function watchedStore(stream: InMemoryStream, settled: ReadonlySet<string>) {
  const memory = createMemoryCheckpointStore();
  const passed: string[] = [];
  const store: CheckpointStore = {
    load: memory.load,
    async save(shardId, checkpoint) {
      await memory.save(shardId, checkpoint);
      if (shardId.startsWith('$')) return;
      const upTo = checkpoint.state === 'finished' ? undefined : checkpoint.position;
      for (const { sequenceNumber } of stream.records(shardId)) {
        const isPassed =
          upTo === undefined ||
          (upTo.type === 'AFTER_SEQUENCE_NUMBER' &&
            BigInt(sequenceNumber) <= BigInt(upTo.sequenceNumber));
        if (isPassed && !settled.has(sequenceNumber)) passed.push(sequenceNumber);
      }
    },
  };
  return { store, passed };
}

/** Plays the fates, then succeeds for ever; notes what each answer settles. */
function answering(
  fates: Fate[],
  rules: Pick<EventSourceMappingSettings, 'reportBatchItemFailures'>,
  settled: Set<string>,
) {
  let played = 0;
  return (numbers: string[]): Answer => {
    const current = fates[played++] ?? 'success';
    const isReport = typeof current === 'object' || current === 'nonsense';
    if (current === 'success' || (isReport && !rules.reportBatchItemFailures)) {
      for (const number of numbers) settled.add(number);
      return success;
    }
    if (typeof current === 'object') {
      const cut = Math.floor(current.cut * numbers.length);
      for (const number of numbers.slice(0, cut)) settled.add(number);
      return reporting(numbers.at(-1), numbers[cut]);
    }
    return failures[current];
  };
}

const failures: Record<Exclude<Fate, { cut: number } | 'success'>, Answer> = {
  throw: thrown,
  crash: { ok: false, kind: 'crash' },
  timeout: { ok: false, kind: 'timeout' },
  throttle: { ok: false, kind: 'throttled' },
  nonsense: reporting('no such record'),
};

/** A bucket that refuses the first writes. */
function destinationOf(settled: Set<string>, refusals: number) {
  let refused = 0;
  return {
    putObject: async (_key: string, body: string) => {
      if (refused++ < refusals) throw new Error('refused');
      const payload: { Records: { kinesis: { sequenceNumber: string } }[] } = JSON.parse(
        JSON.parse(body).payload,
      );
      for (const { kinesis } of payload.Records) settled.add(kinesis.sequenceNumber);
    },
  };
}

async function runFor(
  ms: number,
  scenario: Parameters<typeof arrange>[0] & { clock: ManualClock },
) {
  const { mapping } = arrange(scenario);
  await mapping.start();
  await scenario.clock.advance(ms);
  const stopping = mapping.stop();
  await scenario.clock.advance(1000);
  await stopping;
}
