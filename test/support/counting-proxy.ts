import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { onTestFinished } from 'vitest';

/** Forwards connections to a server on this machine and counts them; ends with the test. */
export async function countingProxy(url: string): Promise<{ url: string; count(): number }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    const upstream = connect(Number(new URL(url).port), '127.0.0.1');
    socket.pipe(upstream).pipe(socket);
    socket.on('error', () => upstream.destroy());
    upstream.on('error', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, count: () => count };
}
