import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import dynalite from 'dynalite';
import { Level } from 'level';
import { messageOf } from '../../lib/errors.ts';

const LOOPBACK = '127.0.0.1';
const FINISH_REQUESTS_WITHIN_MS = 1_000;

/** Longer than the SDK keeps an idle connection, which the emulator would otherwise close just as it is used again. */
const KEEP_ALIVE_MS = 120_000;

interface DynamoDbEmulator {
  url: string;
  /** Lets running requests end, for a second at most. */
  close(): Promise<void>;
}

/**
 * Starts DynamoDB on 127.0.0.1, by dynalite. Its items are in LevelDB in the folder `path`; they survive a kill of the process. Of what
 * AWS has, `ReturnValuesOnConditionCheckFailure`, transactions and backups are missing.
 */
export async function startDynamoDbEmulator(options: {
  port: number;
  path: string;
}): Promise<DynamoDbEmulator> {
  await repairTables(options.path);
  const server = dynalite({ path: options.path, createTableMs: 0 });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    async close() {
      const closed = new Promise<void>((resolve, reject) =>
        server.close((error) => (error ? reject(error) : resolve())),
      );
      const timer = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * Makes tables ready whose making a kill cut short: dynalite would leave them `CREATING` for ever. Rejects if the folder cannot be opened,
 * which dynalite tells only at the first request, by ending the process.
 */
async function repairTables(path: string): Promise<void> {
  const level = new Level<string, { TableStatus: string }>(path, { valueEncoding: 'json' });
  try {
    await level.open();
  } catch (error) {
    const { cause } = error as Error;
    throw new Error(`${path} cannot be opened: ${messageOf(cause ?? error)}`);
  }
  for await (const [key, table] of level.iterator({ gt: 'table~', lt: 'table~~' }))
    if (table.TableStatus === 'CREATING') await level.put(key, { ...table, TableStatus: 'ACTIVE' });
  await level.close();
}
