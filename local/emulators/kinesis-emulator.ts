import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { createKinesalite } from './fixed-kinesalite.ts';
import { repairStreams } from './repair-streams.ts';

const LOOPBACK = '127.0.0.1';
const FINISH_REQUESTS_WITHIN_MS = 1_000;

export interface KinesisEmulator {
  url: string;
  /** Connections accepted since the start, closed ones included. */
  connectionCount(): number;
  /** Lets running requests end, then closes the store. */
  close(): Promise<void>;
}

/**
 * Kinesis on 127.0.0.1, its records in a LevelDB folder. LevelDB hands every write to the operating system
 * before it is acknowledged, so that killing the process loses nothing; a power cut may.
 */
export async function startKinesisEmulator(options: {
  port: number;
  path: string;
}): Promise<KinesisEmulator> {
  mkdirSync(options.path, { recursive: true });
  await repairStreams(options.path);
  const server = createKinesalite({
    path: options.path,
    shardLimit: 500,
    createStreamMs: 50,
    updateStreamMs: 50,
    deleteStreamMs: 50,
  });
  let connections = 0;
  server.on('connection', () => connections++);
  survivesAbortedRequests(server);
  server.listen(options.port, LOOPBACK);
  await once(server, 'listening');
  return {
    url: `http://${LOOPBACK}:${(server.address() as AddressInfo).port}`,
    connectionCount: () => connections,
    close: () => close(server),
  };
}

/** kinesalite throws, outside any handler, when a client hangs up in the middle of a request. */
function survivesAbortedRequests(server: Server): void {
  server.on('request', (request) => {
    request.removeAllListeners('error');
    request.on('error', () => {});
  });
}

/** kinesalite's own `close` closes the store under running requests, which then bring the process down. */
async function close(server: Server): Promise<void> {
  const closed = once(server, 'close');
  Server.prototype.close.call(server);
  const impatience = setTimeout(() => server.closeAllConnections(), FINISH_REQUESTS_WITHIN_MS);
  await closed;
  clearTimeout(impatience);
  await promisify(server.close.bind(server))().catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ERR_SERVER_NOT_RUNNING') throw error;
  });
}
