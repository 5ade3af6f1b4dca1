import { randomUUID } from 'node:crypto';

/**
 * A new X-Ray trace header: version, the time in seconds as eight hexadecimal digits, and 24 random digits.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export function newTraceHeader(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  // Node keeps random bytes in stock for UUIDs; `randomBytes` makes a system call each time.
  const random = randomUUID().replaceAll('-', '').slice(-24);
  return `Root=1-${seconds}-${random}`;
}
