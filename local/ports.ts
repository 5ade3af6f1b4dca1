import { once } from 'node:events';
import { createServer } from 'node:net';

export interface Ports {
  api: number;
  target: number;
  console: number;
  kinesis: number;
  s3: number;
  secretsManager: number;
  timestream: number;
  lambda: number;
  dynamoDb: number;
}

/** Returns the ports of a run: the API at the base, the target, the console with the metrics, then the AWS endpoints with one kept for Timestream; 0 is any free port for each. */
export function portsFrom(basePort: number): Ports {
  const at = (offset: number) => (basePort === 0 ? 0 : basePort + offset);
  const [secretsManager, timestream, lambda, dynamoDb] = [at(5), at(6), at(7), at(8)];
  const aws = { kinesis: at(3), s3: at(4), secretsManager, timestream, lambda, dynamoDb };
  return { api: at(0), target: at(1), console: at(2), ...aws };
}

/**
 * Checks, before anything is started, that every port is free and that the machine has the API's address. Rejects with one line that names what is wrong.
 * Port 0 is always free.
 *
 * @param apiHost the address of the API; all others are on 127.0.0.1
 */
export async function requireFreePorts(ports: Ports, apiHost = '127.0.0.1'): Promise<void> {
  const taken: string[] = [];
  for (const [name, port] of Object.entries(ports)) {
    const code = await listenError(port, name === 'api' ? apiHost : '127.0.0.1');
    if (NO_SUCH_ADDRESS.has(code ?? ''))
      throw new Error(`--host ${apiHost} is not an address of this machine.`);
    if (code !== undefined) taken.push(`${port} (${name})`);
  }
  if (taken.length === 0) return;
  const which = taken.length === 1 ? `port ${taken[0]} is` : `ports ${taken.join(', ')} are`;
  throw new Error(`${which} already in use. Choose others with --base-port.`);
}

const NO_SUCH_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL']);

async function listenError(port: number, host: string): Promise<string | undefined> {
  const server = createServer();
  try {
    server.listen(port, host);
    await once(server, 'listening');
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? 'unknown';
  } finally {
    server.close();
  }
}
