import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
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

/** Pause between two attempts to open the folder again. */
const REOPEN_MS = 1000;

/**
 * Starts DynamoDB on 127.0.0.1, by dynalite. Its items are in LevelDB in the folder `path`; they survive a kill of the process. Of what
 * AWS has, `ReturnValuesOnConditionCheckFailure`, transactions and backups are missing.
 *
 * On a full disk LevelDB writes no more until it is opened again, and dynalite throws that out of a callback. Then the emulator refuses connections, and
 * opens its folder again as soon as it can.
 */
export async function startDynamoDbEmulator(options: {
  port: number;
  path: string;
}): Promise<DynamoDbEmulator> {
  const { path } = options;
  let isClosing = false;
  let server = await open(options);
  const { port } = server.address() as AddressInfo;
  let opening: Promise<void> | undefined;

  async function openAgain(): Promise<void> {
    await close(server).catch(() => undefined);
    while (!isClosing) {
      await delay(REOPEN_MS);
      const opened = await open({ path, port }).catch(() => undefined);
      if (!opened) continue;
      server = opened;
      break;
    }
    opening = undefined;
  }

  const onUncaught = (error: Error) => {
    if (!error.stack?.includes('dynalite') && !/LEVEL/.test(String(Object(error).code))) {
      console.error(error);
      process.exit(1);
    }
    if (opening) return;
    console.error(`The DynamoDB emulator cannot write to ${path}: ${reasonOf(error)}`);
    opening = openAgain();
  };
  process.on('uncaughtException', onUncaught);
  return {
    url: `http://${LOOPBACK}:${port}`,
    async close() {
      isClosing = true;
      process.off('uncaughtException', onUncaught);
      await opening;
      if (server.listening) await close(server);
    },
  };
}

async function open({ port, path }: { port: number; path: string }): Promise<Server> {
  await repairTables(path);
  const server = dynalite({ path, createTableMs: 0 });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.listen(port, LOOPBACK);
  await once(server, 'listening');
  return server;
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) =>
    server.close((error) => (error ? reject(error) : resolve())),
  );
  const timer = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
  await closed.finally(() => clearTimeout(timer));
}

/** LevelDB's own reason lies in the cause. */
const reasonOf = ({ message, cause }: Error) => (cause ? messageOf(cause) : message);

/**
 * Makes tables ready whose making a kill cut short: dynalite would leave them `CREATING` for ever. Rejects if the folder cannot be opened,
 * which dynalite tells only at the first request, by ending the process.
 */
async function repairTables(path: string): Promise<void> {
  const level = new Level<string, { TableStatus: string }>(path, { valueEncoding: 'json' });
  try {
    await level.open();
  } catch (error) {
    throw new Error(`${path} cannot be opened: ${reasonOf(error as Error)}`);
  }
  for await (const [key, table] of level.iterator({ gt: 'table~', lt: 'table~~' }))
    if (table.TableStatus === 'CREATING') await level.put(key, { ...table, TableStatus: 'ACTIVE' });
  await level.close();
}
