import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildHandlers, linesOfBundles } from '../../../scripts/build.ts';
import { createFunction } from '../../../scripts/local/lambda/function.ts';
import { ACCOUNT_ID, IDENTITY } from '../../../scripts/local/layout.ts';
import { percentile } from '../../../scripts/percentile.ts';
import { startJournal } from './journal-on-emulator.ts';
import { requestOf } from './requests.ts';

const STARTS = 15;

/** Nothing but the SDK clients that ingest needs, one `PutRecord` and an answer. */
const BARE = `
import { KinesisClient, PutRecordCommand } from '@aws-sdk/client-kinesis';
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
import { NodeHttpHandler } from '@smithy/node-http-handler';
const kinesis = new KinesisClient({
  endpoint: process.env.KINESIS_ENDPOINT, requestHandler: new NodeHttpHandler({}),
});
export const s3 = [new S3Client({ endpoint: process.env.S3_ENDPOINT }), PutObjectCommand];
export const handler = async ({ body }) => {
  await kinesis.send(new PutRecordCommand({
    StreamName: process.env.STREAM_NAME, PartitionKey: 'bare', Data: Buffer.from(body),
  }));
  return { statusCode: 202 };
};`;

/** From the start of the process to the first answer, beside a handler that only has the same SDK clients; in turns. */
export async function measureColdStarts(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-cold-'));
  const journal = await startJournal();
  try {
    const bundles = await buildHandlers();
    console.log(`\n${linesOfBundles(bundles).join('\n')}`);
    const paths = {
      bare: await bundleOf(BARE, folder),
      ingest: bundles.find(({ name }) => name === 'ingest')?.path ?? '',
    };
    const times: Record<keyof typeof paths, number[]> = { bare: [], ingest: [] };
    for (let start = 0; start < STARTS; start++)
      for (const name of ['bare', 'ingest'] as const)
        times[name].push(await coldStartMs(name, paths[name], journal.environment));
    const [bareMs, ingestMs] = [percentile(times.bare, 0.5), percentile(times.ingest, 0.5)];
    console.log(`\nProcess start to first answer, median of ${STARTS}`);
    console.log(`only the SDK clients   ${bareMs.toFixed(0)} ms`);
    console.log(
      `ingest                 ${ingestMs.toFixed(0)} ms   ${(ingestMs / bareMs).toFixed(2)} ×`,
    );
  } finally {
    await journal.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Bundled as the handlers are. */
async function bundleOf(source: string, folder: string): Promise<string> {
  const entry = join(import.meta.dirname, `bare-handler-${process.pid}.mjs`);
  await writeFile(entry, source);
  try {
    const [bundle] = await buildHandlers(folder, { bare: entry });
    return bundle?.path ?? '';
  } finally {
    await rm(entry);
  }
}

async function coldStartMs(
  name: string,
  bundle: string,
  environment: Record<string, string>,
): Promise<number> {
  const fn = createFunction({
    ...{ name, bundle, environment, timeoutMs: 10_000, memoryMb: 512, maxEnvironments: 1 },
    ...{ region: IDENTITY.region, accountId: ACCOUNT_ID },
  });
  const startedMs = performance.now();
  const result = await fn.invoke(requestOf());
  const tookMs = performance.now() - startedMs;
  await fn.stop();
  if (!result.ok || (result.value as { statusCode: number }).statusCode !== 202)
    throw new Error(`${name} gave ${JSON.stringify(result)}`);
  return tookMs;
}
