import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import { encodeFact } from '../../lib/event/encode.ts';
import type { HttpResponse } from '../../lib/http.ts';
import { acceptEvent } from '../../lib/ingest/accept-event.ts';
import { createIngestHandler } from '../../lib/ingest/create-ingest-handler.ts';
import type { Measurement } from '../../lib/metrics/measurement.ts';
import { InMemoryJournal, storingIn } from './in-memory-journal.ts';
import { ManualClock } from './manual-clock.ts';
import { createTestLog } from './test-log.ts';

interface IngestLab {
  handle(event: APIGatewayProxyEventV2): Promise<HttpResponse>;
  journal: InMemoryJournal;
  /** The journal's records, as the stream would hold them. */
  records(): string[];
  measured: Measurement[];
}

/** The handler of `POST /events` with a journal in memory; an error in its log is an error of the test, unless expected. */
export function createIngestLab(options: { errorsExpected?: boolean } = {}): IngestLab {
  const journal = new InMemoryJournal();
  const clock = new ManualClock(Date.UTC(2026, 0, 1));
  const makeDurable = storingIn(journal);
  const measured: Measurement[] = [];
  const handler = createIngestHandler((arrival) => acceptEvent(arrival, { makeDurable, clock }), {
    clock,
    log: createTestLog(options),
    metrics: { emit: (measurements) => void measured.push(...measurements) },
  });
  return {
    measured,
    journal,
    handle: async (event) => handler(event as never, {} as Context) as Promise<HttpResponse>,
    records: () => journal.facts.map((fact) => Buffer.from(encodeFact(fact)).toString()),
  };
}
