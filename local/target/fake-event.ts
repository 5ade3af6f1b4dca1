import { randomUUID } from 'node:crypto';

/** An event as the source application sends it; `timestamp` is in Unix seconds. */
export interface FakeEvent {
  id: string;
  name: string;
  body: string;
  timestamp: number;
}

const names = ['order-placed', 'order-paid', 'parcel-shipped', 'review-written'];

/** The `number`-th generated event, with an id of its own. */
export function createFakeEvent(number: number, nowMs: number): FakeEvent {
  const name = names[number % names.length] ?? 'event';
  const body = `Generated event ${number + 1}: ${name}`;
  return { id: randomUUID(), name, body, timestamp: Math.floor(nowMs / 1000) };
}
