import type { HeldLock, RunHolder, RunLock } from '../../lib/ports.ts';

/** The lock of replays in memory. A test can let it fail, or lose its beats. */
export class InMemoryRunLock implements RunLock {
  fails = false;
  ignoresBeats = false;
  #held: HeldLock | undefined;
  #token = 0;

  async take(holder: RunHolder, over?: HeldLock): Promise<HeldLock | undefined> {
    this.#requireStore();
    const held = this.#held;
    const isSame = over && held && held.token === over.token && held.beats === over.beats;
    if (held && !isSame) return undefined;
    this.#token += 1;
    this.#held = { holder, token: this.#token, beats: 0 };
    return this.#held;
  }

  async read(): Promise<HeldLock | undefined> {
    this.#requireStore();
    return this.#held;
  }

  async beat(token: number): Promise<boolean> {
    this.#requireStore();
    if (this.ignoresBeats) throw new Error('the test loses this beat');
    if (this.#held?.token !== token) return false;
    this.#held = { ...this.#held, beats: this.#held.beats + 1 };
    return true;
  }

  async release(token: number): Promise<void> {
    this.#requireStore();
    if (this.#held?.token === token) this.#held = undefined;
  }

  #requireStore(): void {
    if (this.fails) throw new Error('the test lets the lock fail');
  }
}
