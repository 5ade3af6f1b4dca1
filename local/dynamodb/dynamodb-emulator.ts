import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  type AwsJsonServer,
  startAwsJsonServer,
  unknownOperation,
} from '../emulators/aws-json-server.ts';
import { batchWriteItem, deleteItem, getItem, putItem, updateItem } from './item-requests.ts';
import { query, scan } from './read-requests.ts';
import {
  createTable,
  deleteTable,
  describeTable,
  type Input,
  listTables,
} from './table-requests.ts';
import { TableStore } from './table-store.ts';

type Operation = (store: TableStore, input: Input) => object;

const OPERATIONS: Record<string, Operation> = {
  CreateTable: createTable,
  DescribeTable: describeTable,
  DeleteTable: deleteTable,
  ListTables: listTables,
  GetItem: getItem,
  PutItem: putItem,
  UpdateItem: updateItem,
  DeleteItem: deleteItem,
  BatchWriteItem: batchWriteItem,
  Query: query,
  Scan: scan,
};

/**
 * Starts DynamoDB on 127.0.0.1: the tables of start times, notes, run locks and statuses. Its items are in SQLite at `path`. Left out are transactions,
 * PartiQL, the limit of 400 KB, reserved words, paths into maps, sets in updates, capacity, and expiry: items past their time stay. A disk that is full fails
 * the request, and nothing else.
 */
export async function startDynamoDbEmulator(options: {
  port: number;
  path: string;
}): Promise<AwsJsonServer> {
  mkdirSync(dirname(options.path), { recursive: true });
  const store = new TableStore(options.path);
  const server = await startAwsJsonServer({
    port: options.port,
    service: 'DynamoDB_20120810',
    version: '1.0',
    // Longer than the SDK keeps an idle connection, which the emulator would otherwise close just as it is used again.
    keepAliveTimeout: 120_000,
    call(name, input) {
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation) throw unknownOperation(name);
      return operation(store, input as Input);
    },
  });
  return {
    ...server,
    async close() {
      await server.close();
      store.close();
    },
  };
}
