import { ALL_TIME } from '../../../lib/archive/partitions.ts';
import { createKinesisJournal } from '../../../lib/aws/kinesis-journal.ts';
import { systemClock as clock } from '../../../lib/clock.ts';
import { decodeFact } from '../../../lib/event/decode.ts';
import { createLog } from '../../../lib/log.ts';
import { planReplay } from '../../../lib/replay/plan.ts';
import { chosenFacts } from '../../../lib/replay/replayed-facts.ts';
import { runReplay } from '../../../lib/replay/run.ts';
import { ALL_REASONS } from '../../../lib/replay/selection.ts';
import { InMemoryObjects } from '../../support/in-memory-objects.ts';
import { LimitedKinesis } from '../../support/limited-kinesis.ts';
import { generateArchive } from './generate.ts';

const SECONDS = 20;
const FAULT_SHARE = 0.05;

/** A replay without a limit of its own, into streams that take what Kinesis does and refuse every twentieth record besides. */
export async function measureShards(): Promise<void> {
  console.log(
    '\nReplay into a stream that takes 1,000 records a second and shard, 5 % of the records refused besides',
  );
  console.log('shards   events  seconds  ÷ limit  refused by fault  by the limit  lost  twice');
  for (const shards of [1, 4]) console.log(await measure(shards));
}

async function measure(shards: number): Promise<string> {
  const archive = new InMemoryObjects();
  const failures = new InMemoryObjects();
  const facts = SECONDS * 1000 * shards * 2;
  await generateArchive(archive, facts);
  const stores = { archive, failures, dispatchFunctionName: 'dispatch' };
  const selection = {
    source: 'archive' as const,
    range: ALL_TIME,
    state: 'any' as const,
    reasons: ALL_REASONS,
    limit: Number.POSITIVE_INFINITY,
    endedBeforeMs: 0,
    givenUpBeforeMs: 0,
  };
  const plan = await planReplay(stores, selection, { nowMs: clock.now() });
  const kinesis = new LimitedKinesis({ shards, clock, faultShare: FAULT_SHARE, latencyMs: 20 });
  const log = createLog('bench', { level: 'SILENT' });
  const startedMs = performance.now();
  await runReplay(chosenFacts(stores, plan), {
    replay: { runId: 'bench', reason: 'bench' },
    journal: createKinesisJournal({ client: kinesis.client, streamName: 'bench', clock, log }),
    limits: { ratePerSecond: 1_000_000, openShards: shards },
    lagMs: () => 0,
    maxLagMs: 60_000,
    log: { note: async () => undefined },
    clock,
    signal: new AbortController().signal,
  });
  const seconds = (performance.now() - startedMs) / 1000;
  const ids = kinesis.taken.map(({ data }) => {
    const decoding = decodeFact(data);
    return decoding.valid ? decoding.fact.eventId : '';
  });
  const unique = new Set(ids).size;
  return [
    String(shards).padEnd(6),
    String(plan.events).padStart(8),
    seconds.toFixed(1).padStart(8),
    `${((plan.events / seconds / (1000 * shards)) * 100).toFixed(1)} %`.padStart(9),
    String(kinesis.injected).padStart(13),
    String(kinesis.throttled).padStart(15),
    String(plan.events - unique).padStart(6),
    String(ids.length - unique).padStart(6),
  ].join(' ');
}
