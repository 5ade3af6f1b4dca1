import type { TimeRange } from '../archive/partitions.ts';
import type { ObjectStore, ObjectVersions } from '../object-store.ts';
import type { KnownReceipts } from '../ports.ts';
import type { AuditedJournal } from './audit-journal.ts';
import type { AskTarget } from './audit-sample.ts';

/** The stores that hold facts. */
export interface FactStores {
  archive: ObjectStore;
  failures: ObjectStore;
  /** Absent where the pipeline has none. */
  spill?: ObjectStore | undefined;
  /** The function whose failures they are. */
  dispatchFunctionName: string;
}

export interface AuditSources extends FactStores {
  /** A witness for the archive: what its bucket remembers of deleted objects. */
  versions?: ObjectVersions | undefined;
  /** A witness for the archive: the status table, where it keeps every fact. */
  receipts?: KnownReceipts | undefined;
  /** Tells what may still be delivered. With `isWitness`, it is read over the whole range and compared with the archive. */
  journal?: (AuditedJournal & { isWitness: boolean }) | undefined;
}

export interface AuditOptions {
  /** Times of receipt. */
  range: TimeRange;
  nowMs: number;
  /** Retention of the journal. */
  retentionMs: number;
  /** If the journal is not read, an event without an end that is older than this is lost. Default: `retentionMs`. */
  pendingWithinMs?: number | undefined;
  /** The archive holds what is older than this. */
  archiveLagMs: number;
  /** Also finds what was deleted or replaced elsewhere in the archive, within this time before now. */
  lostWithinMs?: number | undefined;
  /** Ids that ingest acknowledged: a witness, too. */
  acked?: AsyncIterable<string> | undefined;
  /** Asks the target whether so many delivered events, chosen at random, are there. */
  sample?: { count: number; ask: AskTarget; random: () => number } | undefined;
  /** At most so many ids of each offence are listed. */
  shown: number;
  /** Called often, with what the audit does now, such as `reading the journal: 5000 facts`. */
  onProgress?: (what: string) => void;
}
