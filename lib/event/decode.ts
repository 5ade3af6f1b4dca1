import { FACT_TYPES, type Fact } from './fact.ts';
import { isJsonObject } from './source-event.ts';

type FactDecoding = { valid: true; fact: Fact } | { valid: false; detail: string };

const TYPES: ReadonlySet<unknown> = new Set(FACT_TYPES);

/**
 * Reads one journal record or one archive line. Total: whatever the bytes hold, the answer is a fact or
 * the reason why it is none. A `received` fact's payload is not judged here.
 */
export function decodeFact(data: Uint8Array | string): FactDecoding {
  const text = typeof data === 'string' ? data : Buffer.from(data).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { valid: false, detail: `not JSON: ${withoutQuote((error as Error).message)}` };
  }
  const detail = problemOf(value);
  return detail ? { valid: false, detail } : { valid: true, fact: value as Fact };
}

/** The parser's message may quote the record, which can hold anything. */
const withoutQuote = (message: string) => message.replace(/, (\.\.\.)?".*$/s, '');

const brief = (value: unknown) => (JSON.stringify(value) ?? 'undefined').slice(0, 40);

function problemOf(value: unknown): string | undefined {
  if (!isJsonObject(value)) return 'not a JSON object';
  if (value.v !== 1) return `schema version ${brief(value.v)} is not 1`;
  if (!TYPES.has(value.type)) return `type ${brief(value.type)} is unknown`;
  if (typeof value.eventId !== 'string' || value.eventId === '') return 'eventId is missing';
  if (typeof value.at !== 'string' || Number.isNaN(Date.parse(value.at))) return 'at is not a time';
  if (typeof value.traceId !== 'string') return 'traceId is missing';
  return deferralProblem(value);
}

function deferralProblem({ type, deferral, until }: Record<string, unknown>): string | undefined {
  const isDeferred = type === 'deferred';
  if (deferral === undefined ? isDeferred : !isDeferral(deferral))
    return 'deferral is not a whole number from 1 on';
  if (isDeferred && (typeof until !== 'string' || Number.isNaN(Date.parse(until))))
    return 'until is not a time';
  return undefined;
}

function isDeferral(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 1;
}
