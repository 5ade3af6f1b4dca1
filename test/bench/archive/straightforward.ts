/** What one would write without this project: list, get, gunzip, split, parse, and a set of ids each. */
import { gunzipSync } from 'node:zlib';
import { createS3Client } from '../../../lib/aws/s3-client.ts';
import { createS3ObjectStore } from '../../../lib/aws/s3-object-store.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import { IDENTITY, NAMES } from '../../../local/layout.ts';

const client = createS3Client({ endpoint: process.argv[2] ?? '', identity: IDENTITY });
const archive = createS3ObjectStore({ client, bucket: NAMES.archiveBucket });
const [received, delivered, deadLettered] = [new Set(), new Set(), new Set()];
let facts = 0;
let objects = 0;
for await (const { key } of archive.list('facts/')) {
  const body = await archive.get(key);
  if (!body) continue;
  objects += 1;
  for (const line of gunzipSync(body).toString().trimEnd().split('\n')) {
    const fact = JSON.parse(line) as Fact;
    facts += 1;
    if (fact.type === 'received') received.add(fact.eventId);
    else if (fact.type === 'delivered') delivered.add(fact.eventId);
    else deadLettered.add(fact.eventId);
  }
}
const undelivered = [...received].filter((id) => !delivered.has(id)).length;
console.log(JSON.stringify({ archive: { facts, objects }, undelivered }));
client.destroy();
