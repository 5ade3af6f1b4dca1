import type { InvokeResult } from './invoke.ts';

/** What an invocation's result says of its batch. */
export type Verdict =
  | { type: 'delivered' }
  /** The function never ran. */
  | { type: 'notRun' }
  /** It threw, crashed or timed out. */
  | { type: 'failed' }
  /** It reported failures, or answered what cannot be understood: records from index `firstFailed` on are due again. */
  | { type: 'reported'; firstFailed: number };

/**
 * Judges a result. Without `ReportBatchItemFailures` the answer's value is not looked at.
 *
 * With it, the lowest reported sequence number is the checkpoint [AWS]; `null`, `{}`, `[]` and an empty or
 * null `batchItemFailures` are success, and an item that names no record of the batch fails the whole
 * batch [AWS for one record, DOC]. Any other shape (a text, a number) is undocumented; it fails the
 * batch too, because repeating is safer than losing.
 */
export function judge(
  result: InvokeResult,
  sequenceNumbers: readonly string[],
  reportBatchItemFailures: boolean,
): Verdict {
  if (!result.ok) {
    const ran = result.kind !== 'throttled' && result.kind !== 'unavailable';
    return { type: ran ? 'failed' : 'notRun' };
  }
  if (!reportBatchItemFailures) return { type: 'delivered' };
  const items = reportedItems(result.value);
  if (items === 'unreadable') return { type: 'reported', firstFailed: 0 };
  if (items.length === 0) return { type: 'delivered' };
  return { type: 'reported', firstFailed: lowestIndex(items, sequenceNumbers) };
}

function reportedItems(value: unknown): unknown[] | 'unreadable' {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return 'unreadable';
  if (Array.isArray(value)) return value.length === 0 ? [] : 'unreadable';
  const items = 'batchItemFailures' in value ? (value.batchItemFailures ?? []) : [];
  return Array.isArray(items) ? items : 'unreadable';
}

/** The index of the lowest reported record; 0, which is the whole batch, when any item is not one of it. */
function lowestIndex(items: readonly unknown[], sequenceNumbers: readonly string[]): number {
  const inBatch = new Set(sequenceNumbers);
  let lowest: string | undefined;
  for (const item of items) {
    const identifier = identifierOf(item);
    if (identifier === undefined || !inBatch.has(identifier)) return 0;
    if (lowest === undefined || BigInt(identifier) < BigInt(lowest)) lowest = identifier;
  }
  return sequenceNumbers.indexOf(lowest ?? '');
}

function identifierOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('itemIdentifier' in item)) return undefined;
  return typeof item.itemIdentifier === 'string' ? item.itemIdentifier : undefined;
}
