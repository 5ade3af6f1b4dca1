import type { Clock } from '../../lib/ports.ts';

/** Sleeps that `ring` cuts short; a ring with nobody asleep is not remembered. */
export class Alarm {
  readonly #clock: Clock;
  #ringing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.#ringing.signal);
  }

  ring(): void {
    const ringing = this.#ringing;
    this.#ringing = new AbortController();
    ringing.abort('rung');
  }
}
