import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createPoster } from '../../../scripts/source/post-event.ts';
import { sendEvents } from '../../../scripts/source/send-events.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function serve(answer: RequestListener): Promise<string> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function send(url: string, count: number, onResult = (_id: string) => undefined) {
  const poster = createPoster({ url, apiKey: 'k', connections: 4, timeoutMs: 2000 });
  return sendEvents({ count, ratePerSecond: 10_000, concurrency: 4, poster, onResult }).finally(
    poster.close,
  );
}

describe('sendEvents', () => {
  it('posts each event once, whatever the answer, and counts what became of them', async () => {
    const ids: string[] = [];
    const url = await serve(async (request, response) => {
      const body = await request.reduce((text: string, chunk) => text + chunk, '');
      const event = JSON.parse(body as string) as { id: string };
      ids.push(event.id);
      response.statusCode = ids.length % 3 === 0 ? 503 : 202;
      response.end(JSON.stringify({ detail: 'busy' }));
    });
    const report = await send(url, 9);
    expect(new Set(ids).size).toBe(9);
    expect(report).toMatchObject({ sent: 9, accepted: 6, refused: 3, unanswered: 0 });
    expect(report.statuses).toEqual({ '202': 6, '503': 3 });
    expect(report.details).toEqual(['busy']);
  });

  it('counts a POST without an answer as missed, and does not send it again', async () => {
    let calls = 0;
    const url = await serve((request) => {
      calls += 1;
      request.socket.destroy();
    });
    const report = await send(url, 3);
    expect(report).toMatchObject({ accepted: 0, unanswered: 3, missed: 3 });
    expect(calls).toBe(3);
  });

  it('never has more under way than it may', async () => {
    let underWay = 0;
    let most = 0;
    const url = await serve((_request, response) => {
      underWay += 1;
      most = Math.max(most, underWay);
      setImmediate(() => {
        underWay -= 1;
        response.statusCode = 202;
        response.end('{}');
      });
    });
    await send(url, 40);
    expect(most).toBeLessThanOrEqual(4);
  });
});
