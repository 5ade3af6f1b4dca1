import { randomUUID } from 'node:crypto';

/** A request as API Gateway hands it over, with an event of about 500 bytes. */
export function requestOf(id: string = randomUUID()) {
  const event = { id, name: 'order.created', body: 'x'.repeat(380), timestamp: 1_767_225_600 };
  return {
    version: '2.0',
    rawPath: '/events',
    headers: { 'content-type': 'application/json' },
    requestContext: { http: { method: 'POST', path: '/events' }, timeEpoch: Date.now() },
    body: JSON.stringify(event),
    isBase64Encoded: false,
  };
}
