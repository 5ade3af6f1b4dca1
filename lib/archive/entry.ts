import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';

/** Where in the store something stands: an object's key and a line in it, counted from 1; 0 is the whole object. */
export interface Place {
  key: string;
  line: number;
}

/** One thing that was read; its fact is whole, or only the head of one. */
export type Entry<Read extends FactHead = Fact> =
  | (Place & {
      kind: 'fact';
      fact: Read;
      /** The fact's `at`, in milliseconds since the epoch. */
      atMs: number;
      /** The fact as it stands there. */
      text: string;
      /** When Lambda gave it up, in milliseconds since the epoch, if it did. */
      givenUpMs?: number;
    })
  /** A line, or a whole object or the rest of it, that cannot be read. */
  | (Place & { kind: 'damaged'; detail: string });

export type FactEntry = Extract<Entry, { kind: 'fact' }>;
export type Damage = Extract<Entry, { kind: 'damaged' }>;

/** What reading came across, counted while it goes on. */
export interface ReadCounts {
  objects: number;
  /** As stored. */
  bytes: number;
  /** Facts that were handed out. */
  facts: number;
  /** Facts left out because they had been read before: Firehose delivers at least once. */
  repeated: number;
  damaged: number;
}

export const newReadCounts = (): ReadCounts => ({
  objects: 0,
  bytes: 0,
  facts: 0,
  repeated: 0,
  damaged: 0,
});

/** Identity of a fact, the same when it is read again: a parked event returns with the `at` of its first `received` fact. */
export function identityOf({ type, eventId, at, replay, deferral }: FactHead): string {
  const identity = `${type}\n${eventId}\n${at}\n${replay?.runId ?? ''}`;
  return deferral === undefined ? identity : `${identity}\n${deferral}`;
}
