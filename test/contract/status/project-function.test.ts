import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createDynamoDbClient } from '../../../lib/aws/dynamodb-client.ts';
import { createDynamoDbEventFacts } from '../../../lib/aws/dynamodb-status-table.ts';
import { ensureEventsTable } from '../../../lib/aws/ensure-table.ts';
import { systemClock } from '../../../lib/clock.ts';
import { encodeFact } from '../../../lib/event/encode.ts';
import { createFunction } from '../../../local/lambda/function.ts';
import { buildHandlers } from '../../../scripts/build.ts';
import { deliveredFact, receivedFact } from '../../support/sample-facts.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { IDENTITY, startSharedEmulators } from '../emulators/test-emulators.ts';

const tableName = 'events';

let client: ReturnType<typeof createDynamoDbClient>;
let dynamoDbUrl: string;
beforeAll(async () => {
  const { emulators, end } = await startSharedEmulators();
  dynamoDbUrl = emulators.dynamoDbUrl;
  client = createDynamoDbClient({ endpoint: dynamoDbUrl, identity: IDENTITY });
  await ensureEventsTable(client, tableName, systemClock);
  return end;
});

/** The function as it is deployed, with eight seconds for an invocation. */
async function projectFunction(endpoint: string) {
  const folder = await temporaryFolder('project');
  const bundles = await buildHandlers(join(folder, 'dist'));
  const project = createFunction({
    name: 'project',
    bundle: bundles.find(({ name }) => name === 'project')?.path ?? '',
    timeoutMs: 8000,
    memoryMb: 256,
    maxEnvironments: 1,
    environment: { STATUS_TABLE: tableName, DYNAMODB_ENDPOINT: endpoint },
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

  it('reports what it could not write, in time, when DynamoDB does not answer', async () => {
    const project = await projectFunction('http://127.0.0.1:1');
    const result = await project.invoke(EVENT);
    expect(result).toMatchObject({
      ok: true,
      value: { batchItemFailures: [{ itemIdentifier: '1001' }] },
    });
  });
});
