import type { CallCounters } from './call-stats.ts';
import { type CallHandling, handleCall } from './graphql-calls.ts';
import {
  answer,
  answerJson,
  type Exchange,
  type Handler,
  type Routes,
  readBody,
} from './http-server.ts';
import { readSendPlan, sendFakeData } from './send-fake-data.ts';
import { checkChange } from './settings.ts';

const MAX_SETTINGS_BYTES = 10_000;

/** Counters of the calls since the last reset, and of the items that are in the database now. */
export type TargetStats = CallCounters & { items: number; distinctItems: number };

interface RouteContext extends CallHandling {
  readStats: () => TargetStats;
}

/** Every address of the target, and what it takes. */
export function createTargetRoutes(context: RouteContext): Routes {
  const { gate, stats, readStats } = context;
  const send: Handler = (exchange) => sendEvents(context, exchange);
  return new Map([
    ['/', methods({ GET: ({ res }) => answer(res, 200, 'OK', { 'content-type': 'text/plain' }) })],
    ['/graphql', methods({ POST: ({ req, res }) => handleCall(context, req, res) })],
    ['/send-fake-data', methods({ POST: send, GET: send })],
    [
      '/stats',
      methods({
        GET: ({ res }) => answerJson(res, 200, readStats()),
        DELETE: ({ res }) => {
          stats.reset();
          answerJson(res, 200, readStats());
        },
      }),
    ],
    [
      '/control',
      methods({
        GET: ({ res }) => answerJson(res, 200, gate.settings),
        PUT: (exchange) => changeSettings(context, exchange),
      }),
    ],
  ]);
}

function methods(handlers: Record<string, Handler>): ReadonlyMap<string, Handler> {
  return new Map(Object.entries(handlers));
}

async function changeSettings({ gate }: RouteContext, { req, res }: Exchange): Promise<void> {
  const checked = checkChange(gate.settings, parseJson(await readBody(req, MAX_SETTINGS_BYTES)));
  if (!checked.accepted) {
    const { problems } = checked;
    return answerJson(res, 400, { message: 'The settings were not changed.', problems });
  }
  gate.change(checked.change);
  answerJson(res, 200, gate.settings);
}

/** What is not JSON, or too long, is undefined: no settings at all. */
function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

async function sendEvents(
  { clock, closing }: RouteContext,
  { req, res, query }: Exchange,
): Promise<void> {
  const checked = readSendPlan(req.headers, new URLSearchParams(query));
  if ('message' in checked) return answerJson(res, 400, checked);
  const left = new AbortController();
  res.once('close', () => left.abort());
  const signal = AbortSignal.any([closing, left.signal]);
  answerJson(res, 200, await sendFakeData(checked.plan, clock, signal));
}
