import { randomUUID } from 'node:crypto';
import type { SourceEvent } from '../../lib/event/source-event.ts';

const NAMES = ['order.placed', 'order.paid', 'order.shipped', 'user.signed-up', 'cart.abandoned'];

/** An event as the source application makes it. */
export function generateEvent(index: number): SourceEvent {
  return {
    id: randomUUID(),
    name: NAMES[index % NAMES.length] ?? 'order.placed',
    body: `Event number ${index + 1}, made by the source application`,
    timestamp: Math.floor(Date.now() / 1000),
  };
}
