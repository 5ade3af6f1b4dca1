import { createHash } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Fact } from '../event/fact.ts';
import type { OpenEvent, OpenState } from '../status/problems.ts';
import type { StatusMeasures, StatusRow } from '../status/rows.ts';

export type StatusItem = Record<string, AttributeValue>;

/** The index of open events: by `open`, then by `since`. */
export const OPEN_INDEX = 'open';

/** Sort key of the item that an open event has besides its facts. It comes after every time, with which the sort keys of facts begin. */
export const OPEN_MARK = '~open';

/** A partition of an index takes 1,000 writes a second; in an outage of the target, every event becomes open. */
export const OPEN_SHARDS = 8;

const DAY_SECONDS = 86_400;

/** The measures of a row are attributes of its item, but for what the key tells. */
const NUMBERS = new Set<keyof StatusMeasures>([
  'queuedMs',
  'dispatchMs',
  'attempts',
  'failedAttempts',
  'dueMs',
  'errorStatus',
]);

/** The key of a row's item. Pure. */
export function keyOf({ eventId, type, runId = '', deferral = 0, atMs, measures }: StatusRow) {
  const parts = [new Date(atMs).toISOString(), type, runId, deferral, measures.digest ?? ''];
  return { id: { S: eventId }, fact: { S: parts.join('#') } };
}

/** A row as an item, which is small: one write unit for most facts. It expires `days` after the fact happened. Pure. */
export function itemOf(row: StatusRow, days: number): StatusItem {
  const { traceId, runId, deferral, atMs, measures } = row;
  // The key tells whether it is of a replay; `false` is the default.
  const { replayed: _, verified, ...others } = measures;
  const item: StatusItem = {
    ...keyOf(row),
    expires: { N: String(expiresAt(atMs, days)) },
    traceId: { S: traceId },
    ...(runId === undefined ? {} : { runId: { S: runId } }),
    ...(deferral === undefined ? {} : { deferral: { N: String(deferral) } }),
    ...(verified ? { verified: { BOOL: true } } : {}),
  };
  for (const [name, value] of Object.entries(others))
    if (value !== undefined)
      item[name] = typeof value === 'number' ? { N: String(value) } : { S: String(value) };
  return item;
}

/** The row of an item that {@link itemOf} made. Pure. */
export function rowOfItem(item: StatusItem): StatusRow {
  const { id, fact, expires: _, traceId, runId, deferral, verified, ...others } = item;
  const [at = '', type = ''] = (fact?.S ?? '').split('#', 2);
  const measures: Record<string, unknown> = { replayed: runId !== undefined };
  if (verified) measures.verified = true;
  for (const [name, value] of Object.entries(others))
    measures[name] = NUMBERS.has(name as keyof StatusMeasures) ? Number(value.N) : value.S;
  return {
    eventId: id?.S ?? '',
    type: type as Fact['type'],
    traceId: traceId?.S ?? '',
    ...(runId?.S ? { runId: runId.S } : {}),
    ...(deferral ? { deferral: Number(deferral.N) } : {}),
    atMs: Date.parse(at),
    measures: measures as unknown as StatusMeasures,
  };
}

/** The item that puts an event into the index of open events. Pure. */
export function openItemOf({ eventId, state, since }: OpenEvent, days: number): StatusItem {
  return {
    id: { S: eventId },
    fact: { S: OPEN_MARK },
    open: { S: openPartition(state, shardOf(eventId)) },
    since: { S: since },
    expires: { N: String(expiresAt(Date.parse(since), days)) },
  };
}

/** The event of an item of the index. Pure. */
export function openEventOfItem({ id, open, since }: StatusItem): OpenEvent {
  const [state] = (open?.S ?? '').split('#');
  return { eventId: id?.S ?? '', state: state as OpenState, since: since?.S ?? '' };
}

/** The partition key of the index. */
export const openPartition = (state: OpenState, shard: number) => `${state}#${shard}`;

function shardOf(eventId: string): number {
  return (createHash('sha256').update(eventId).digest()[0] ?? 0) % OPEN_SHARDS;
}

const expiresAt = (atMs: number, days: number) => Math.floor(atMs / 1000) + days * DAY_SECONDS;
