/**
 * `node slow-connections.ts PORT COUNT`: opens that many connections, and sends one byte of a request's head on each of them every second. Prints how many are
 * open once it has tried all, and runs until it is killed.
 */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

const [port = '', count = ''] = process.argv.slice(2);
const HEAD = `POST /events HTTP/1.1\r\nhost: 127.0.0.1\r\nx-slow: ${'x'.repeat(1000)}`;
const AT_ONCE = 200;

const open = new Set<Socket>();

function openOne(): void {
  const socket = connect(Number(port), '127.0.0.1');
  socket.on('connect', () => open.add(socket));
  socket.on('close', () => open.delete(socket));
  socket.on('error', () => undefined);
}

for (let n = 0; n < Number(count); n++) {
  openOne();
  if (n % AT_ONCE === 0) await delay(20);
}
await delay(500);
console.log(open.size);
for (let n = 0; ; n = (n + 1) % HEAD.length) {
  for (const socket of open) socket.write(HEAD.charAt(n));
  await delay(1000);
}
