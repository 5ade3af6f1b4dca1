import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { readTargetStats } from '../../../scripts/demo/target-client.ts';
import { type Fault, INTERNAL_FAILURE, THROTTLED } from '../../support/fault-proxy.ts';
import { type StoreFaultsLab, startStoreFaultsLab } from '../../support/store-faults-lab.ts';
import { readProcessorTime, stolenShare } from '../stolen-time.ts';

const EVENTS = 1000;
const PER_SECOND = 100;

/** On AWS there are as many as requests, each with a processor of its own. */
const ENVIRONMENTS = 12;

/** Until delivering, projecting and archiving the events of the row before take no processor any more. */
const SETTLE_MS = 12_000;

const WELL: Fault = { kind: 'none' };
const HUNG: Fault = { kind: 'hang' };

interface Weather {
  name: string;
  kinesis: [Fault, share?: number];
  s3?: Fault;
}

const WEATHERS: Weather[] = [
  { name: 'all is well', kinesis: [WELL] },
  { name: 'Kinesis hangs', kinesis: [HUNG] },
  { name: 'Kinesis refuses', kinesis: [{ kind: 'refuse' }] },
  { name: 'Kinesis resets', kinesis: [{ kind: 'reset' }] },
  { name: 'Kinesis loses answers, 30 %', kinesis: [{ kind: 'lost' }, 0.3] },
  { name: 'Kinesis throttles 100 %', kinesis: [THROTTLED] },
  { name: 'Kinesis throttles 30 %', kinesis: [THROTTLED, 0.3] },
  { name: 'Kinesis fails 100 %', kinesis: [INTERNAL_FAILURE] },
  { name: 'Kinesis takes 100 ms', kinesis: [{ kind: 'latency', ms: 100 }] },
  { name: 'S3 down', kinesis: [WELL], s3: { kind: 'refuse' } },
  { name: 'Kinesis throttles 30 %, S3 down', kinesis: [THROTTLED, 0.3], s3: { kind: 'refuse' } },
  { name: 'Kinesis hangs, S3 down', kinesis: [HUNG], s3: { kind: 'refuse' } },
  { name: 'Kinesis throttles 100 %, S3 hangs', kinesis: [THROTTLED], s3: HUNG },
];

/** Bad weather between ingest and its stores: who is acknowledged, how fast, and whether all of them arrive. */
export async function measureFaults(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-ingest-'));
  const lab = await startStoreFaultsLab({
    folder,
    ratePerSecond: 400,
    environments: ENVIRONMENTS,
  });
  try {
    await warmUp(lab);
    console.log(`\n${EVENTS} events at ${PER_SECOND}/s, with faults between ingest and its stores`);
    console.log(
      `${''.padEnd(34)} 202   503   none  p50    p99    p99.9  max ms  over 500  stolen  missing at the target`,
    );
    for (const weather of WEATHERS) console.log(await row(lab, weather));
    const { duplicateAttempts } = await readTargetStats(lab.pipeline.endpoints.target);
    console.log(`second creations that the target saw: ${duplicateAttempts}`);
  } finally {
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Lets every environment see its code before anything is measured, that of the spill included. */
async function warmUp(lab: StoreFaultsLab): Promise<void> {
  for (const fault of [WELL, HUNG, HUNG, WELL]) {
    lab.kinesis.set(fault);
    await lab.send(1000, PER_SECOND);
  }
  await delay(2 * SETTLE_MS);
}

async function row(lab: StoreFaultsLab, { name, kinesis, s3 = WELL }: Weather): Promise<string> {
  lab.kinesis.set(...kinesis);
  lab.s3.set(s3);
  const processors = await readProcessorTime();
  const { acknowledged, statuses, latencyMs, over500 } = await lab.send(EVENTS, PER_SECOND);
  const stolen = stolenShare(processors, await readProcessorTime());
  lab.kinesis.set(WELL);
  lab.s3.set(WELL);
  const missing = await lab.missingAtTarget(acknowledged, 90_000);
  await delay(SETTLE_MS);
  const { p50, p99, p999, max } = latencyMs;
  const times = [p50, p99, p999, max].map((ms) => ms.toFixed(0).padEnd(6)).join(' ');
  return [
    name.padEnd(34),
    String(statuses['202'] ?? 0).padEnd(5),
    String(statuses['503'] ?? 0).padEnd(5),
    // In 10 s: here a request waits for an environment where both stores hang, and on AWS it gets its own.
    String(EVENTS - (statuses['202'] ?? 0) - (statuses['503'] ?? 0)).padEnd(5),
    times.padEnd(30),
    String(over500).padEnd(9),
    `${(stolen * 100).toFixed(1)} %`.padEnd(7),
    `${missing.length} of ${acknowledged.size}`,
  ].join(' ');
}
