import { createDynamoDbClient } from '../lib/aws/dynamodb-client.ts';
import { createDynamoDbEventFacts } from '../lib/aws/dynamodb-status-table.ts';
import { parseConfig, statusConfig } from '../lib/config.ts';
import { createLog } from '../lib/log.ts';
import { createStatusHandler } from '../lib/status/create-status-handler.ts';

const config = parseConfig(statusConfig, process.env);
const log = createLog('status', { level: config.LOG_LEVEL });
const facts = config.STATUS_TABLE
  ? createDynamoDbEventFacts({
      client: createDynamoDbClient({ endpoint: config.DYNAMODB_ENDPOINT, maxAttempts: 2 }),
      tableName: config.STATUS_TABLE,
      isConsistent: false,
    })
  : undefined;

/** `GET /events?id=…`: returns the state of one of the caller's events. */
export const handler = log.of(createStatusHandler(facts, { log }));
