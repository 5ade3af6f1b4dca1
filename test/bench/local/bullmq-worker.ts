/** `node bullmq-worker.ts SOCKET QUEUE GRAPHQL_URL RATE`: the worker of bullmq-main.ts. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'bullmq';
import { GraphQLClient } from 'graphql-request';
import type { SourceEvent } from '../../../lib/event/source-event.ts';
import { toUnixSeconds } from '../../../lib/event/timestamp.ts';

const [path = '', queue = '', url = '', rate = ''] = process.argv.slice(2);
const client = new GraphQLClient(url);
const mutation = readFileSync(join(import.meta.dirname, '../../../target/create.graphql'), 'utf8');

new Worker<SourceEvent>(
  queue,
  ({ data }) =>
    client.request(mutation, {
      ...data,
      timestamp: toUnixSeconds(data.timestamp),
      brand: 'testBrand',
    }),
  {
    connection: { path },
    concurrency: 50,
    limiter: { max: Number(rate), duration: 1000 },
  },
);
