import type { Fact } from '../event/fact.ts';
import type { FactHead } from '../event/fact-head.ts';

/**
 * A place in the store: an object's key and a line in it, counted from 1; 0 is the whole object. Facts without a newline
 * between them count as lines of their own, so that each fact of an object has another place.
 */
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
  /** A line, a part of one, or a part of an object, that cannot be read. */
  | (Place & {
      kind: 'damaged';
      detail: string;
      /** Its beginning: offset in the uncompressed content, or in the object as it is stored. */
      byte?: { offset: number; of: 'content' | 'object' };
      /** Facts that were read of the object before may be wrong, though they look right. */
      isContentWrong?: true;
    });

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
  /** Facts that no newline separates from the one before. */
  glued: number;
  damaged: number;
  /** Damaged places before which facts may be wrong, though they look right. */
  wrong: number;
}

/** Returns the place of damage for people: `facts/….gz, line 12 (byte 4711 of its content)`. Pure. */
export function describePlace({ key, line, byte }: Damage): string {
  if (line === 0) return key;
  const offset = byte
    ? ` (byte ${byte.offset} of ${byte.of === 'content' ? 'its content' : 'the object'})`
    : '';
  return `${key}, line ${line}${offset}`;
}

export const newReadCounts = (): ReadCounts => ({
  objects: 0,
  bytes: 0,
  facts: 0,
  repeated: 0,
  glued: 0,
  damaged: 0,
  wrong: 0,
});

/** Identity of a fact, the same when it is read again: a parked event returns with the `at` of its first `received` fact. */
export function identityOf({ type, eventId, at, replay, deferral }: FactHead): string {
  const identity = `${type}\n${eventId}\n${at}\n${replay?.runId ?? ''}`;
  return deferral === undefined ? identity : `${identity}\n${deferral}`;
}
