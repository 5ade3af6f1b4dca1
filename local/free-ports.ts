import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Ports } from './layout.ts';

/** Rejects with one line that names every port that is not free; 0 is free always. Asked before anything is started. */
export async function requireFreePorts(ports: Ports): Promise<void> {
  const wanted = Object.entries(ports).filter(([, port]) => port !== 0);
  const taken: string[] = [];
  for (const [name, port] of wanted) if (!(await isFree(port))) taken.push(`${port} (${name})`);
  if (taken.length === 0) return;
  const which = taken.length === 1 ? `port ${taken[0]} is` : `ports ${taken.join(', ')} are`;
  throw new Error(`${which} already in use. Choose others with --base-port.`);
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
  }
}
