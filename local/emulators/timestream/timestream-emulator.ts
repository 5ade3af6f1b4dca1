import { type AwsJsonServer, startAwsJsonServer, unknownOperation } from '../aws-json-server.ts';
import { TableStore } from './table-store.ts';
import { createDatabase, createTable, describeTable } from './tables.ts';
import { writeRecords } from './write-records.ts';

type Operation = (store: TableStore, input: unknown, nowMs: number) => object;

const OPERATIONS: Record<string, Operation> = {
  DescribeEndpoints: describeEndpoints,
  CreateDatabase: createDatabase,
  CreateTable: createTable,
  DescribeTable: describeTable,
  WriteRecords: writeRecords,
};

/**
 * Starts Timestream for LiveAnalytics on 127.0.0.1, as much of it as writing needs: the limits and rejections of `WriteRecords`. Its rows
 * are in SQLite at `path`. Queries and expiry are left out: rows past their retention stay.
 */
export async function startTimestreamEmulator(options: {
  port: number;
  path: string;
}): Promise<AwsJsonServer> {
  const store = new TableStore(options.path);
  const server = await startAwsJsonServer({
    port: options.port,
    service: 'Timestream_20181101',
    version: '1.0',
    // Longer than the SDK keeps an idle connection, which the emulator would otherwise close just as it is used again.
    keepAliveTimeout: 120_000,
    call(name, input) {
      const operation = Object.hasOwn(OPERATIONS, name) ? OPERATIONS[name] : undefined;
      if (!operation) throw unknownOperation(name);
      return operation(store, input, Date.now());
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

/** An SDK that discovers its endpoint keeps the port it came from, and takes this for the host alone. */
function describeEndpoints() {
  return { Endpoints: [{ Address: '127.0.0.1', CachePeriodInMinutes: 1440 }] };
}
