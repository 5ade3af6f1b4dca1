import { createDynamoDbClient } from '../../lib/aws/dynamodb-client.ts';
import { createDynamoDbDispatchPositions } from '../../lib/aws/dynamodb-dispatch-positions.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { DeliveryStream } from '../delivery-stream/delivery-stream.ts';
import { IDENTITY, NAMES } from '../layout.ts';
import type { Shutdown } from '../shutdown.ts';
import type { LocalStack } from '../start-stack.ts';
import { createLocalGauges } from './local-gauges.ts';
import type { MetricsRegistry } from './metrics-registry.ts';

/** Prepares the gauges that the local run measures itself; returns what brings them up to date. */
export function startMetrics(
  metrics: MetricsRegistry,
  { emulators, stores }: LocalStack,
  { delivery, lanes, log }: { delivery: DeliveryStream; lanes: () => number; log: Log },
  shutdown: Shutdown,
): () => Promise<void> {
  const client = createDynamoDbClient({ endpoint: emulators.dynamoDbUrl, identity: IDENTITY });
  shutdown.add('metrics', async () => client.destroy());
  return createLocalGauges(metrics, {
    ...{ reader: stores.reader, spill: stores.spill, lanes, clock, log },
    positions: createDynamoDbDispatchPositions({ client, tableName: NAMES.dispatchTable }),
    oldestUnarchivedMs: () => delivery.oldestUndeliveredMs(),
  });
}
