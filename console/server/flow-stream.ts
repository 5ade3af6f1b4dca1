import type { ServerResponse } from 'node:http';
import type { ConsoleSource } from '../../lib/console/console-source.ts';
import { messageOf } from '../../lib/errors.ts';

/** Interval of updates. */
const EVERY_MS = 500;

/** Pages that may look at once. */
const MOST_CLIENTS = 20;

/** Sends the live numbers to all pages that look, by server-sent events. While no page looks, it does nothing. */
export interface FlowStream {
  /** Adds a page. Returns false if there are too many. */
  add(response: ServerResponse): boolean;
  close(): void;
}

export function createFlowStream(source: Pick<ConsoleSource, 'flow'>): FlowStream {
  const clients = new Set<ServerResponse>();
  let timer: NodeJS.Timeout | undefined;
  let isReading = false;

  async function update(): Promise<void> {
    // A slow source is not asked again before it has returned.
    if (isReading) return;
    isReading = true;
    const message = await source.flow().then(
      (numbers) => `data: ${JSON.stringify(numbers)}\n\n`,
      (error) => `event: problem\ndata: ${JSON.stringify({ message: messageOf(error) })}\n\n`,
    );
    isReading = false;
    // A page that does not read gets the next numbers, not all of them.
    for (const client of clients) if (!client.writableNeedDrain) client.write(message);
  }

  function remove(client: ServerResponse): void {
    clients.delete(client);
    if (clients.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  return {
    add(response) {
      if (clients.size >= MOST_CLIENTS) return false;
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      response.flushHeaders();
      clients.add(response);
      response.on('close', () => remove(response));
      timer ??= setInterval(() => void update(), EVERY_MS);
      void update();
      return true;
    },
    close() {
      for (const client of clients) client.end();
      clients.clear();
      clearInterval(timer);
    },
  };
}
