import * as v from 'valibot';
import type { EventQuery, ReplaySelection } from '../../lib/console/console-source.ts';

/** A request that is not possible; the message says what to change. */
export class InputError extends Error {
  override name = 'InputError';
}

const text = v.pipe(v.string(), v.maxLength(2000));
/** Milliseconds since the epoch, as far as a date can say them. */
const time = v.pipe(v.number(), v.minValue(-8.64e15), v.maxValue(8.64e15));

const querySchema = v.object({
  id: v.optional(text),
  name: v.optional(text),
  state: v.optional(v.picklist(['pending', 'deferred', 'delivered', 'deadLettered', 'dismissed'])),
  reason: v.optional(text),
  fromMs: time,
  toMs: time,
});

const selectionSchema = v.variant('kind', [
  v.object({
    kind: v.literal('deadLetters'),
    ids: v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(10_000)),
  }),
  v.object({ kind: v.literal('givenUp') }),
]);

const startSchema = v.object({
  selection: selectionSchema,
  reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(500)),
});

const rangeSchema = v.object({ fromMs: time, toMs: time });

/** Reads the parameters of a search; empty ones count as absent. @throws InputError */
export function readQuery(params: URLSearchParams): EventQuery {
  const given = Object.fromEntries([...params].filter(([, value]) => value !== ''));
  const times = { fromMs: Number(given.fromMs), toMs: Number(given.toMs) };
  const query = parse(querySchema, { ...given, ...times }, 'The search cannot be read');
  requireOrder(query);
  return query as EventQuery;
}

/** @throws InputError */
export function readSelection(body: unknown): ReplaySelection {
  return parse(selectionSchema, body, 'The selection cannot be read');
}

/** @throws InputError */
export function readStart(body: unknown): { selection: ReplaySelection; reason: string } {
  return parse(startSchema, body, 'Select events, and say why they are sent again');
}

/** @throws InputError */
export function readAuditRange(body: unknown): { fromMs: number; toMs: number } {
  const range = parse(rangeSchema, body, 'The range cannot be read');
  requireOrder(range);
  return range;
}

/** @throws InputError */
export function readEnabled(body: unknown): boolean {
  return parse(v.object({ enabled: v.boolean() }), body, 'Say enabled true or false').enabled;
}

function requireOrder({ fromMs, toMs }: { fromMs: number; toMs: number }): void {
  if (fromMs >= toMs) throw new InputError('The beginning must be before the end.');
}

function parse<Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? ''} ${issue.message}`);
  throw new InputError(`${what}: ${problems.join(', ').trim()}`);
}
