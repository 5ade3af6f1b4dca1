import type { ReadableSpan } from '@opentelemetry/sdk-trace';
import type { Log } from '../log.ts';
import type { Clock, SpanReport } from '../ports.ts';
import type { SendOutcome, SendSpans } from './collector.ts';

interface SpanExporterOptions {
  send: SendSpans;
  clock: Clock;
  log: Log;
}

/**
 * The longest that an export may take, in milliseconds. It runs beside the status table's write, and a batch ends with the later of the two. The first
 * request of an environment reads the secret and makes a connection: with less time, a distant collector would never get it.
 */
export const EXPORT_MAX_MS = 2000;

/** Spans of one request: at most 2 MB before compression, with the longest error messages. X-Ray's endpoint takes 10,000 and 5 MB. */
export const SPANS_PER_REQUEST = 2000;

/** Spans kept while the collector fails, the newest: 25 s at 100 events a second, and 10 MB (measured). */
export const MAX_KEPT = 10_000;

/** Pauses after failures in a row: 1 s, doubled each time, up to a minute; longer if the collector asks for it. */
const PAUSE_MS = 1000;
const MAX_PAUSE_MS = 60_000;
const MAX_ASKED_PAUSE_MS = 900_000;

const LATE: SendOutcome = { kind: 'later', detail: `no response within ${EXPORT_MAX_MS} ms` };

/**
 * Exports spans, and holds no batch up: an export ends after `EXPORT_MAX_MS`, and after a failure no request is made for a while. What is not exported
 * meanwhile is kept for a later batch, up to `MAX_KEPT` spans; the oldest above that are lost, and so are those that the collector refuses and, uncounted,
 * those of an environment that ends. A span that was sent without a response is sent again: its id is the same.
 */
export class SpanExporter {
  readonly #options: SpanExporterOptions;
  #kept: ReadableSpan[] = [];
  #failures = 0;
  #pausedUntilMs = Number.NEGATIVE_INFINITY;

  constructor(options: SpanExporterOptions) {
    this.#options = options;
  }

  /** Exports spans, after those that were kept. Never rejects. A line is logged for each batch of which spans are lost, or after a failed request. */
  async export(spans: ReadableSpan[], untilMs: number): Promise<SpanReport> {
    const { clock } = this.#options;
    const all = [...this.#kept, ...spans];
    const isPaused = clock.now() < this.#pausedUntilMs;
    const result = isPaused ? nothingSent(all) : await this.#sendAll(all, untilMs);
    const { exported, refused, unsent, detail } = result;
    const overflow = Math.max(0, unsent.length - MAX_KEPT);
    this.#kept = unsent.slice(overflow);
    const report = { exported, kept: this.#kept.length, lost: refused + overflow };
    if (report.lost > 0 || detail !== undefined) this.#warn(report, detail);
    return report;
  }

  #warn(report: SpanReport, detail: string | undefined): void {
    const { clock, log } = this.#options;
    const pauseMs = Math.max(0, this.#pausedUntilMs - clock.now());
    const error = detail ?? 'the collector failed before, and too many spans were kept';
    log.warn('Spans were not exported', { ...report, error, pauseMs });
  }

  /** Sends one request after the other, until one fails or time is over. */
  async #sendAll(spans: ReadableSpan[], untilMs: number): Promise<Sending> {
    const { clock } = this.#options;
    const limitMs = Math.min(EXPORT_MAX_MS, untilMs - clock.now());
    const over = new AbortController();
    const late = clock.sleep(limitMs, over.signal).then(() => LATE);
    const sending: Sending = { exported: 0, refused: 0, unsent: spans, detail: undefined };
    while (sending.unsent.length > 0) {
      const chunk = sending.unsent.slice(0, SPANS_PER_REQUEST);
      const outcome = await Promise.race([this.#options.send(chunk), late]);
      this.#note(outcome);
      sending.detail = outcome.detail ?? sending.detail;
      if (outcome.kind === 'later') break;
      sending.unsent = sending.unsent.slice(SPANS_PER_REQUEST);
      const rejected = outcome.kind === 'refused' ? chunk.length : outcome.rejected;
      sending.refused += rejected;
      sending.exported += chunk.length - rejected;
      if (outcome.kind === 'refused') break;
    }
    over.abort();
    return sending;
  }

  #note(outcome: SendOutcome): void {
    const { clock, log } = this.#options;
    if (outcome.kind === 'taken') {
      if (this.#failures > 0) log.info('Spans are exported again');
      this.#failures = 0;
      return;
    }
    const pauseMs = Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** this.#failures);
    const askedMs = Math.min(
      MAX_ASKED_PAUSE_MS,
      outcome.kind === 'later' ? (outcome.waitMs ?? 0) : 0,
    );
    this.#failures += 1;
    this.#pausedUntilMs = clock.now() + Math.max(pauseMs, askedMs);
  }
}

interface Sending {
  exported: number;
  refused: number;
  unsent: ReadableSpan[];
  detail: string | undefined;
}

const nothingSent = (unsent: ReadableSpan[]): Sending => ({
  ...{ exported: 0, refused: 0, unsent, detail: undefined },
});
