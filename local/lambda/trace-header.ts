import { randomBytes } from 'node:crypto';

/**
 * A new X-Ray trace header: version, the time in seconds as eight hexadecimal digits, 96 random bits.
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
 */
export function newTraceHeader(nowMs: number): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0');
  return `Root=1-${seconds}-${randomBytes(12).toString('hex')}`;
}
