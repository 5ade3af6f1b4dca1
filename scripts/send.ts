import { closeSync, openSync, writeSync } from 'node:fs';
import { escapeControls } from '../lib/safe-text.ts';
import { DEFAULT_DATA_DIR, readEndpoints } from './endpoints.ts';
import {
  exitCodeOf,
  integerFlag,
  isHelp,
  numberFlag,
  parseFlags,
  UsageError,
  urlFlag,
} from './flags.ts';
import { print, printJson } from './output.ts';
import { createProgress } from './progress.ts';
import { createPoster } from './source/post-event.ts';
import { isAccepted, type SendReport, sendEvents } from './source/send-events.ts';

const FLAGS = {
  count: { type: 'string' },
  rate: { type: 'string' },
  concurrency: { type: 'string' },
  url: { type: 'string' },
  'api-key': { type: 'string' },
  'data-dir': { type: 'string' },
  acked: { type: 'string' },
  json: { type: 'boolean' },
} as const;

const USAGE = `Usage: npm run send -- [flags]

The source application: posts generated events, each once, and never retries.

  --count N         how many (default 100)
  --rate R          how many a second (default 100)
  --concurrency C   how many POSTs at once (default 64)
  --url URL         the API, without /events (default: the run in --data-dir)
  --api-key KEY     its key (default: that run's)
  --data-dir DIR    data folder of a local run (default ${DEFAULT_DATA_DIR})
  --acked FILE      write every acknowledged id there, a line each
  --json            print the report as one line of JSON

Exit codes: 0 every event was accepted, 1 not every one, 2 wrong usage.`;

/** `npm run send`: the source application. Exit code 0 when every event was accepted, 1 when not, 2 for wrong usage. */
export function main(argv: string[]): Promise<number> {
  return exitCodeOf(async () => {
    if (isHelp(argv, USAGE)) return 0;
    const flags = parseFlags(argv, FLAGS);
    const count = integerFlag('count', flags.count, { min: 1, max: 10_000_000, fallback: 100 });
    const rate = numberFlag('rate', flags.rate, { min: 0.01, max: 100_000, fallback: 100 });
    const concurrency = integerFlag('concurrency', flags.concurrency, {
      min: 1,
      max: 10_000,
      fallback: 64,
    });
    const poster = createPoster({
      ...(await destinationOf(flags)),
      connections: concurrency,
      timeoutMs: 10_000,
    });
    const acked = openAcked(flags.acked);
    const progress = createProgress('sending', count, flags.json);

    let answered = 0;
    const report = await sendEvents({
      count,
      ratePerSecond: rate,
      concurrency,
      poster,
      onResult(eventId, result) {
        answered += 1;
        progress.update(answered);
        if (isAccepted(result)) acked.write(eventId);
      },
    });
    progress.stop();
    poster.close();
    acked.close();
    if (flags.json) printJson(report);
    else print(linesOf(report));
    return report.accepted === report.sent ? 0 : 1;
  });
}

/** Writes every acknowledged id at once, so that the file is right even if this process is killed. */
function openAcked(path: string | undefined) {
  if (path === undefined) return { write: () => undefined, close: () => undefined };
  let file: number;
  try {
    file = openSync(path, 'w');
  } catch (error) {
    throw new UsageError(`--acked ${path} cannot be written: ${(error as Error).message}`);
  }
  return {
    write: (eventId: string) => writeSync(file, `${eventId}\n`),
    close: () => closeSync(file),
  };
}

/** The API to send to: as the flags say, else the local run in this folder. */
async function destinationOf(flags: {
  url?: string | undefined;
  'api-key'?: string | undefined;
  'data-dir'?: string | undefined;
}): Promise<{ url: string; apiKey: string }> {
  if (flags.url && flags['api-key'])
    return { url: urlFlag('url', flags.url).replace(/\/events$/, ''), apiKey: flags['api-key'] };
  if (flags.url) throw new UsageError('--url needs --api-key, the key of that API.');
  const endpoints = await readEndpoints(flags['data-dir'] ?? DEFAULT_DATA_DIR);
  const url = endpoints.api;
  return { url, apiKey: flags['api-key'] ?? endpoints.apiKey };
}

function linesOf(report: SendReport): string[] {
  const { latencyMs } = report;
  const ms = (value: number) => `${value.toFixed(0)} ms`;
  return [
    `sent        ${report.sent} in ${report.seconds.toFixed(1)} s (${report.ratePerSecond.toFixed(1)}/s)`,
    `accepted    ${report.accepted}`,
    `refused     ${report.refused}`,
    `no answer   ${report.unanswered}`,
    `latency     p50 ${ms(latencyMs.p50)} · p99 ${ms(latencyMs.p99)} · max ${ms(latencyMs.max)}`,
    `over 500 ms ${report.missed}`,
    ...report.details.map((detail) => `  ${escapeControls(detail)}`),
  ];
}
