import { pathToFileURL } from 'node:url';
import { PutRecordCommand } from '@aws-sdk/client-kinesis';
import { percentile } from '../../../lib/percentile.ts';
import { environmentVariables } from '../../../local/lambda/variables.ts';
import { NAMES } from '../../../local/layout.ts';
import { buildHandlers } from '../../../scripts/build.ts';
import { startJournal } from './journal-on-emulator.ts';
import { requestOf } from './requests.ts';

const CALLS = 3000;
const WARM_UP = 1000;

type Handler = (event: object, context: object) => Promise<{ statusCode: number }>;

/** The handler in this process beside a bare `PutRecord` of the same bytes, in turns, so that a noisy machine is so for both. */
export async function measureHandler(): Promise<void> {
  const journal = await startJournal();
  try {
    const { handler, bytes } = await loadHandler(journal.environment);
    const Data = Buffer.alloc(bytes, 'x');
    const times: Record<'bare' | 'ours', number[]> = { bare: [], ours: [] };
    for (let call = -WARM_UP; call < CALLS; call++) {
      const bareMs = await timed(() =>
        journal.kinesis.send(
          new PutRecordCommand({ StreamName: NAMES.stream, PartitionKey: String(call), Data }),
        ),
      );
      const oursMs = await timed(async () => {
        const { statusCode } = await handler(requestOf(), {});
        if (statusCode !== 202) throw new Error(`ingest answered ${statusCode}`);
      });
      if (call < 0) continue;
      times.bare.push(bareMs);
      times.ours.push(oursMs);
    }
    print(times);
  } finally {
    await journal.stop();
  }
}

/** The bundle that goes to Lambda, and how large the record of one of its events is. */
async function loadHandler(environment: Record<string, string>) {
  const bundle = (await buildHandlers()).find(({ name }) => name === 'ingest')?.path ?? '';
  const input = { name: 'ingest', bundle, memoryMb: 512, environment };
  Object.assign(process.env, environmentVariables({ ...input, logStreamName: 'bench' }, {}));
  const { handler } = (await import(pathToFileURL(bundle).href)) as { handler: Handler };
  return { handler, bytes: requestOf().body.length + 150 };
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

function print({ bare, ours }: Record<'bare' | 'ours', number[]>): void {
  console.log(`\nThe ingest handler beside a bare PutRecord, ${CALLS} calls each, in turns`);
  console.log('           bare ms   handler ms   ratio');
  for (const share of [0.5, 0.9, 0.99]) {
    const [bareMs, oursMs] = [percentile(bare, share), percentile(ours, share)];
    const cells = [
      bareMs.toFixed(2).padStart(8),
      oursMs.toFixed(2).padStart(12),
      (oursMs / bareMs).toFixed(2).padStart(7),
    ];
    console.log(`p${share * 100}`.padEnd(10), ...cells);
  }
}
