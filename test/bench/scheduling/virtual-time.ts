import { EventHeap, type TimedEvent } from './event-heap.ts';

/** Decides whether an event that has become due may run now. */
export interface EventOwner {
  /** Returns false when the owner has dropped the event, or keeps it for later. */
  admits(event: OwnedEvent): boolean;
}

export interface OwnedEvent extends TimedEvent {
  /** The environment in which the work runs; `undefined` for the world outside. */
  owner: EventOwner | undefined;
}

/** The start of every simulation: 2027-01-15, in milliseconds since the epoch. */
export const START_MS = 1_800_000_000_000;

/**
 * Time that passes only from event to event. After each event, every promise that it resolved has run before the next event is taken, so that
 * a simulation is deterministic, and {@link owner} is the environment whose code runs.
 */
export class VirtualTime {
  nowMs = START_MS;
  /** Owner of the event that runs now, with all that follows from it before the next event. */
  owner: EventOwner | undefined;
  readonly #heap = new EventHeap<OwnedEvent>();
  #scheduled = 0;

  /** Runs `work` after `ms`. */
  after(ms: number, work: () => void, owner?: EventOwner): OwnedEvent {
    const atMs = this.nowMs + Math.max(0, ms);
    const event = { atMs, order: this.#scheduled++, work, isCancelled: false, owner };
    this.#heap.push(event);
    return event;
  }

  /** Puts an event back that its owner kept, to run after `ms`. */
  postpone(event: OwnedEvent, ms: number): void {
    event.atMs = this.nowMs + ms;
    event.order = this.#scheduled++;
    this.#heap.push(event);
  }

  /** Resolves after `ms`, outside of every environment. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.after(ms, resolve);
    });
  }

  /** Runs events until `isOver`, or until none is left. */
  async runUntil(isOver: () => boolean): Promise<void> {
    await promisesRun();
    while (!isOver()) {
      const event = this.#heap.pop();
      if (!event) return;
      if (event.isCancelled) continue;
      this.nowMs = event.atMs;
      if (event.owner && !event.owner.admits(event)) continue;
      this.owner = event.owner;
      event.work();
      await promisesRun();
      this.owner = undefined;
    }
  }
}

/** Resolves when every promise that can be resolved without time has run. */
const promisesRun = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
