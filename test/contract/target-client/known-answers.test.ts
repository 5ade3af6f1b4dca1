import { readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../lib/clock.ts';
import type { Target } from '../../../lib/ports.ts';
import { DEFAULT_CODES } from '../../../lib/target/codes.ts';
import { createGraphQlTarget } from '../../../lib/target/graphql-target.ts';
import { itemContract } from '../../support/item-contract.ts';

/** One answer of a well-known server, gateway or proxy, with its right verdict. */
interface KnownAnswer {
  name: string;
  operation?: 'lookup';
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
  bodyBase64?: string;
  right: string;
  /** It refuses the document, which is the same for every event. */
  isAboutDocument?: true;
}

const CALL = { traceId: 'f'.repeat(32) };
const EVENT = { id: 'a', payload: { id: 'a', name: 'n', body: 'b' }, timestamp: 1_767_225_600 };

function read(file: string): KnownAnswer[] {
  const url = new URL(`../../corpus/target-answers/${file}`, import.meta.url);
  const lines = readFileSync(url, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

let answer: KnownAnswer;
const server = createServer((request, response) => {
  request.resume().on('end', () => send(answer, response));
});
let target: Target;

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target = createGraphQlTarget({
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    timeoutMs: 5000,
    contract: itemContract(),
    brand: () => 'acme',
    codes: DEFAULT_CODES,
    responseMaxBytes: 5_000_000,
    clock: systemClock,
  });
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

function send({ status, headers, body, bodyBase64 }: KnownAnswer, response: ServerResponse): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  if (bodyBase64 !== undefined) response.end(Buffer.from(bodyBase64, 'base64'));
  else response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

describe.each(['reported.ndjson', 'documented.ndjson'])('the answers of %s', (file) => {
  it.each(read(file).map((known) => [known.name, known.right, known] as const))(
    '%s: %s',
    async (_name, right, known) => {
      answer = known;
      const call = known.operation === 'lookup' ? target.lookUp : target.create;
      const { status, verdicts } = await call([EVENT], CALL);
      expect(verdicts).toEqual([expect.objectContaining({ kind: right })]);
      expect(verdicts).toEqual([
        known.isAboutDocument
          ? expect.objectContaining({ isAboutDocument: true })
          : expect.not.objectContaining({ isAboutDocument: true }),
      ]);
      expect(status).toBe(known.status);
    },
  );
});
