/** One piece of work at a moment of virtual time. */
export interface TimedEvent {
  atMs: number;
  /** Orders events of the same moment: first scheduled, first run. */
  order: number;
  work: () => void;
  isCancelled: boolean;
}

const isBefore = (a: TimedEvent, b: TimedEvent) =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);

/** A binary heap of events, soonest first. */
export class EventHeap<Event extends TimedEvent> {
  readonly #events: Event[] = [];

  push(event: Event): void {
    const events = this.#events;
    let index = events.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, events[parent] as Event)) break;
      events[index] = events[parent] as Event;
      index = parent;
    }
    events[index] = event;
  }

  /** Takes the soonest event; `undefined` when there is none. */
  pop(): Event | undefined {
    const [soonest] = this.#events;
    const last = this.#events.pop();
    if (last && this.#events.length > 0) this.#sink(last);
    return soonest;
  }

  /** Puts an event at the top and moves it down to its place. */
  #sink(event: Event): void {
    const events = this.#events;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= events.length) break;
      const [left, right] = [events[child] as Event, events[child + 1]];
      if (right && isBefore(right, left)) child += 1;
      if (!isBefore(events[child] as Event, event)) break;
      events[index] = events[child] as Event;
      index = child;
    }
    events[index] = event;
  }
}
