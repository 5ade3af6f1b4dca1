import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { createDynamoDbEventFacts } from '../../../lib/aws/dynamodb-status-table.ts';
import { ensureEventsTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock } from '../../../lib/clock.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import { createFunction } from '../../../local/lambda/function.ts';
import { buildHandlers } from '../../../scripts/build.ts';
import { startCollector, type TestCollector } from '../../support/otlp/start-collector.ts';
import { putSecret } from '../../support/put-secret.ts';
import { deliveredFact, receivedFact } from '../../support/sample-facts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { IDENTITY, startSharedEmulators } from '../emulators/test-emulators.ts';

const tableName = 'events';

/** A busy machine is slow. */
const SLACK_MS = 1000;

let client: ReturnType<typeof createDynamoDbClient>;
let dynamoDbUrl: string;
let secretsManagerUrl: string;
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  dynamoDbUrl = emulators.dynamoDbUrl;
  secretsManagerUrl = emulators.secretsManagerUrl;
  client = createDynamoDbClient({ endpoint: dynamoDbUrl, identity: IDENTITY });
  await ensureEventsTable(client, tableName, systemClock);
  return end;
});

/** The function as it is deployed, with eight seconds for an invocation. */
async function projectFunction(endpoint: string, environment: Record<string, string> = {}) {
  const folder = await temporaryFolder('project');
  const bundles = await buildHandlers(join(folder, 'dist'));
  const project = createFunction({
    name: 'project',
    bundle: bundles.find(({ name }) => name === 'project')?.path ?? '',
    timeoutMs: 8000,
    memoryMb: 256,
    maxEnvironments: 1,
    environment: { STATUS_TABLE: tableName, DYNAMODB_ENDPOINT: endpoint, ...environment },
  });
  onTestFinished(() => project.stop());
  return project;
}

const at = new Date().toISOString();

const EVENT = {
  Records: [
    Buffer.from('not a fact'),
    encodeFact(receivedFact({ eventId: 'e', at })),
    encodeFact(deliveredFact({ eventId: 'e', at })),
  ].map((data, index) => ({
    kinesis: {
      ...{ kinesisSchemaVersion: '1.0', partitionKey: 'e', sequenceNumber: `100${index}` },
      ...{ data: Buffer.from(data).toString('base64'), approximateArrivalTimestamp: 1.5 },
    },
    eventID: `shardId-000000000000:100${index}`,
  })),
};

describe('the project function', () => {
  it('writes the facts of a batch, and passes over what is none', async () => {
    const project = await projectFunction(dynamoDbUrl);
    const result = await project.invoke(EVENT);
    expect(result).toMatchObject({ ok: true, value: { batchItemFailures: [] } });
    const status = createDynamoDbEventFacts({ client, tableName, isConsistent: true });
    expect(await status.of('e')).toMatchObject([{ type: 'received' }, { type: 'delivered' }]);
  });

  it('exports the spans of a batch to a collector, with headers from a secret', async () => {
    const collector = await startCollector();
    onTestFinished(() => collector.close());
    await putSecret(secretsManagerUrl, 'otlp', '{"headers": {"x-key": "k"}}');
    const project = await projectFunction(dynamoDbUrl, {
      ...{ OTLP_URL: collector.url, SERVICE_NAME: 'orders', STREAM_NAME: 'journal' },
      ...{ OTLP_HEADERS_SECRET_ID: 'otlp', SECRETS_MANAGER_ENDPOINT: secretsManagerUrl },
      TARGET_URL: 'https://api.example.com/graphql?key=secret',
    });
    await project.invoke(EVENT);
    expect(collector.requests.map(({ headers }) => headers['x-key'])).toEqual(['k']);
    expect(collector.spans().map(({ name }) => name)).toEqual(['received', 'delivered', 'attempt']);
    const [, , attempt] = collector.spans();
    expect(attempt).toMatchObject({
      resource: { 'service.name': 'orders' },
      attributes: { 'server.address': 'api.example.com', 'server.port': 443 },
    });
    expect(JSON.stringify(collector.spans())).not.toContain('secret');
  });

  it.each<[string, TestCollector['respond'], number]>([
    ['is down', undefined, 500],
    ['refuses', (response) => response.writeHead(400).end(), 500],
    ['throttles', (response) => response.writeHead(429, { 'retry-after': '60' }).end(), 500],
    ['does not respond', () => undefined, 2500],
  ])(
    'writes facts as soon, and settles the batch, when the collector %s',
    async (what, respond, maxMs) => {
      const collector = await startCollector();
      collector.respond = respond;
      if (what === 'is down') await collector.close();
      else onTestFinished(() => collector.close());
      const project = await projectFunction(dynamoDbUrl, { OTLP_URL: collector.url });
      await project.warm();
      const batches: number[] = [];
      for (let batch = 0; batch < 3; batch++) {
        const startedMs = performance.now();
        const result = await project.invoke(EVENT);
        batches.push(performance.now() - startedMs);
        expect(result).toMatchObject({ ok: true, value: { batchItemFailures: [] } });
      }
      // Only the first one asks the collector; then it pauses.
      expect(batches[0]).toBeLessThan(maxMs + SLACK_MS);
      for (const ms of batches.slice(1)) expect(ms).toBeLessThan(500 + SLACK_MS);
      const requests = what === 'is down' ? 0 : 1;
      expect(collector.requests).toHaveLength(requests);
    },
  );

  it('reports what it could not write, in time, when DynamoDB does not answer', async () => {
    const project = await projectFunction('http://127.0.0.1:1');
    const result = await project.invoke(EVENT);
    expect(result).toMatchObject({
      ok: true,
      value: { batchItemFailures: [{ itemIdentifier: '1001' }] },
    });
  });
});
