import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { encodeFact } from '../../../lib/event/encode.ts';
import type { Fact } from '../../../lib/event/fact.ts';
import type { ObjectStore } from '../../../lib/object-store.ts';
import { generateEvent } from '../../../scripts/source/generate-event.ts';

const HOUR_MS = 3_600_000;

export const FACTS_PER_OBJECT = 2000;

/** What was generated, to compare with what is found. */
export interface Generated {
  facts: number;
  objects: number;
  events: number;
  undelivered: number;
  /** An event in the middle. */
  eventId: string;
}

/** Puts facts of a day into an archive: of a hundred events one is dead-lettered, and of a thousand one has not ended. */
export async function generateArchive(archive: ObjectStore, facts: number): Promise<Generated> {
  const objects = facts / FACTS_PER_OBJECT;
  const startMs = Math.floor(Date.now() / HOUR_MS) * HOUR_MS - 30 * HOUR_MS;
  const spanMs = (24 * HOUR_MS) / objects;
  const made = { facts: 0, objects, events: 0, undelivered: 0, eventId: '' };
  for (let object = 0; object < objects; object++) {
    const atMs = startMs + object * spanMs;
    const lines: string[] = [];
    while (lines.length < FACTS_PER_OBJECT) {
      const eventFacts = factsOf(made.events, atMs + (lines.length / FACTS_PER_OBJECT) * spanMs);
      made.events += 1;
      if (eventFacts.at(-1)?.type !== 'delivered') made.undelivered += 1;
      if (object === objects >> 1 && lines.length === 0)
        made.eventId = eventFacts[0]?.eventId ?? '';
      for (const fact of eventFacts) lines.push(Buffer.from(encodeFact(fact)).toString());
    }
    made.facts += lines.length;
    const body = gzipSync(`${lines.join('\n')}\n`, { level: 1 });
    await archive.put(keyOf(atMs, object), body, { contentType: 'application/octet-stream' });
  }
  return made;
}

function keyOf(atMs: number, object: number): string {
  const time = new Date(atMs).toISOString();
  const name = `bench-1-${time.slice(0, 19).replaceAll(/[T:]/g, '-')}-${String(object).padStart(6, '0')}.gz`;
  return `facts/dt=${time.slice(0, 10)}/hh=${time.slice(11, 13)}/${name}`;
}

function factsOf(index: number, atMs: number): Fact[] {
  const payload = generateEvent(index);
  const traceId = randomUUID().replaceAll('-', '');
  const about = (ms: number) => ({
    v: 1 as const,
    eventId: payload.id,
    at: new Date(atMs + ms).toISOString(),
    traceId,
  });
  // The members in the order in which ingest writes them.
  const { v, ...origin } = about(0);
  const received: Fact = { v, type: 'received', ...origin, payload };
  if (index % 1000 === 7) return [received];
  const attempt = { at: about(280).at, ms: 20 };
  if (index % 100 === 3)
    return [
      received,
      {
        ...about(300),
        type: 'deadLettered',
        attempts: [{ ...attempt, outcome: 'rejected', status: 400 }],
        reason: 'rejected',
        error: { code: 'BAD_USER_INPUT', message: 'the body is not accepted', status: 400 },
        payload,
      },
    ];
  return [
    received,
    {
      ...about(300),
      type: 'delivered',
      attempts: [{ ...attempt, outcome: 'delivered', status: 200 }],
      queuedMs: 280,
      dispatchMs: 20,
    },
  ];
}
