import type { Random } from '../../../local/target/gate.ts';
import { EnvironmentClock } from './environment-clock.ts';
import type { EventOwner, OwnedEvent, VirtualTime } from './virtual-time.ts';

/** Occasional stalls of a process: garbage collection, or a processor that another tenant uses. */
export interface Stalls {
  /** Mean distance. */
  everyMs: number;
  /** Each lasts up to this. */
  upToMs: number;
}

/**
 * The process of a Lambda environment. *Frozen* between invocations: timers and responses that became due wait, and all run at the thaw.
 * *Running* during an invocation, but for stalls. *Dead* after a crash: nothing of it runs any more.
 */
export class EnvironmentProcess implements EventOwner {
  readonly clock: EnvironmentClock;
  #state: 'frozen' | 'running' | 'dead' = 'frozen';
  #kept: OwnedEvent[] = [];
  #stalledUntilMs = 0;
  readonly #time: VirtualTime;

  /** @param of.offsetMs difference of its clock to the true time */
  constructor(time: VirtualTime, of: { offsetMs: number; stalls: Stalls }, random: Random) {
    const { offsetMs, stalls } = of;
    this.#time = time;
    this.clock = new EnvironmentClock(time, this, offsetMs, random);
    const stall = () => {
      this.#stalledUntilMs = time.nowMs + random() * stalls.upToMs;
      scheduleStall();
    };
    const scheduleStall = () => {
      if (this.isAlive) time.after(-Math.log(1 - random()) * stalls.everyMs, stall);
    };
    scheduleStall();
  }

  get isAlive(): boolean {
    return this.#state !== 'dead';
  }

  admits(event: OwnedEvent): boolean {
    if (this.#state === 'frozen') this.#kept.push(event);
    if (this.#state !== 'running') return false;
    const stalledMs = this.#stalledUntilMs - this.#time.nowMs;
    if (stalledMs <= 0) return true;
    this.#time.postpone(event, stalledMs);
    return false;
  }

  thaw(): void {
    this.#state = 'running';
    for (const event of this.#kept.splice(0)) this.#time.postpone(event, 0);
  }

  freeze(): void {
    if (this.isAlive) this.#state = 'frozen';
  }

  kill(): void {
    this.#state = 'dead';
    this.#kept = [];
  }
}
