import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** What the proxy does to a request, besides or instead of handing it on. */
export type Fault =
  | { kind: 'none' }
  /** Takes the request and never says a word. */
  | { kind: 'hang' }
  /** Ends the connection without an answer, before the service saw anything. */
  | { kind: 'reset' }
  /** The service does its work; the answer is lost with the connection. */
  | { kind: 'lost' }
  /** Turns connections away. */
  | { kind: 'refuse' }
  | { kind: 'latency'; ms: number }
  | { kind: 'bandwidth'; bytesPerSecond: number }
  | { kind: 'answer'; status: number; body: string };

export interface FaultProxy {
  url: string;
  /** What happens to a share (0 to 1) of the requests from now on; the others go through. */
  set(fault: Fault, share?: number): void;
  /** Connections accepted so far. */
  connections(): number;
  close(): Promise<void>;
}

/** How Kinesis says that a shard takes no more (Kinesis API, `PutRecord`). */
export const THROTTLED: Fault = {
  kind: 'answer',
  status: 400,
  body: JSON.stringify({
    __type: 'ProvisionedThroughputExceededException',
    message: 'Rate exceeded for shard shardId-000000000000 in stream journal.',
  }),
};

export const INTERNAL_FAILURE: Fault = {
  kind: 'answer',
  status: 500,
  body: JSON.stringify({ __type: 'InternalFailure', message: 'Internal server error.' }),
};

/** An HTTP proxy in front of one service that can be told to be a bad network, or a bad service. */
export async function startFaultProxy(target: string): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true });
  let now: { fault: Fault; share: number } = { fault: { kind: 'none' }, share: 1 };
  let connections = 0;
  let asked = 0;
  const sockets = new Set<Socket>();

  /** Spread evenly: of a share of 0.3, the 4th, 7th, 10th, … request. */
  function faultOfNext(): Fault {
    asked += 1;
    const isFaulty = Math.floor(asked * now.share) > Math.floor((asked - 1) * now.share);
    return isFaulty ? now.fault : { kind: 'none' };
  }

  const server = createServer((incoming, outgoing) => {
    void handle(incoming, outgoing, faultOfNext()).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    if (now.fault.kind === 'refuse') socket.resetAndDestroy();
  });

  async function handle(incoming: IncomingMessage, outgoing: ServerResponse, fault: Fault) {
    if (fault.kind === 'hang') return;
    if (fault.kind === 'reset' || fault.kind === 'refuse') {
      incoming.socket.resetAndDestroy();
      return;
    }
    const body = await readBody(incoming);
    if (fault.kind === 'answer') {
      outgoing.writeHead(fault.status, { 'content-type': 'application/x-amz-json-1.1' });
      outgoing.end(fault.body);
      return;
    }
    if (fault.kind === 'latency') await delay(fault.ms);
    if (fault.kind === 'bandwidth') await delay((body.byteLength * 1000) / fault.bytesPerSecond);
    const answer = await forward(incoming, body);
    if (fault.kind === 'lost') incoming.socket.resetAndDestroy();
    else outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  }

  async function forward({ method, url = '/', rawHeaders }: IncomingMessage, body: Buffer) {
    const call = request(new URL(url, target), { method, agent, setHost: false });
    for (let at = 0; at < rawHeaders.length; at += 2)
      call.setHeader(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    call.end(body);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const { statusCode: status = 502, headers } = response;
    return { status, headers, body: await readBody(response) };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set(fault, share = 1) {
      now = { fault, share };
    },
    connections: () => connections,
    async close() {
      for (const socket of sockets) socket.destroy();
      agent.destroy();
      server.close();
    },
  };
}

async function readBody(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
