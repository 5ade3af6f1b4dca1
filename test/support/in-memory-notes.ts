import type { DispatchPositions, SendNote, SendNotes } from '../../lib/ports.ts';
import { positionOf } from '../../lib/shard-position.ts';

/** The notes of invocations in memory, and the positions that follow from them. A test can let them fail. */
export class InMemoryNotes implements SendNotes, DispatchPositions {
  fails = false;
  readonly #shards = new Map<string, Map<string, SendNote>>();

  write = async (shardId: string, notes: ReadonlyMap<string, SendNote | undefined>) => {
    this.writeNow(shardId, notes);
  };

  exchange = async (shardId: string, notes: ReadonlyMap<string, SendNote | undefined>) =>
    this.writeNow(shardId, notes);

  read = async () =>
    [...this.#shards].map(([shardId, notes]) => positionOf(shardId, notes.values()));

  writeNow(
    shardId: string,
    notes: ReadonlyMap<string, SendNote | undefined>,
  ): Map<string, SendNote> {
    if (this.fails) throw new Error('the test lets the notes fail');
    const known = this.notesOf(shardId);
    for (const [id, note] of notes)
      if (note) known.set(id, note);
      else known.delete(id);
    return new Map(known);
  }

  notesOf(shardId: string): Map<string, SendNote> {
    const notes = this.#shards.get(shardId) ?? new Map<string, SendNote>();
    this.#shards.set(shardId, notes);
    return notes;
  }
}
