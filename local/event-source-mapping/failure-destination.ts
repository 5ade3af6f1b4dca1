import type { Clock } from '../../lib/ports.ts';
import { type Discard, failureObject, failureObjectKey, failureRecord } from './failure-record.ts';
import { retryBackoffMs } from './retry-backoff.ts';

/** Where records go that the mapping gives up on; both reject when the write failed. */
export type FailureDestination =
  | { type: 's3'; putObject(key: string, body: string): Promise<void> }
  | { type: 'sqs'; sendMessage(body: string): Promise<void> };

/** The mapping that gives records up. */
export interface Sender {
  settings: { uuid: string; functionArn: string; streamArn: string };
  newUuid: () => string;
  clock: Clock;
  random: () => number;
  stop: AbortSignal;
  onRefused: (error: unknown) => void;
}

/**
 * Hands records over; resolves with true once the destination took them. While it refuses, this keeps
 * trying, the same S3 object under the same key, and the caller's checkpoint stays before them (AWS
 * counts a delivery failure and goes on, which loses the records). False when stopping before it did.
 */
export async function handOver(
  discard: Discard,
  destination: FailureDestination,
  sender: Sender,
): Promise<boolean> {
  const { clock, random, stop, onRefused } = sender;
  const send = delivery(discard, destination, sender);
  for (let failures = 1; ; failures += 1) {
    try {
      await send();
      return true;
    } catch (error) {
      onRefused(error);
    }
    if (!stop.aborted) await clock.sleep(retryBackoffMs(failures, random), stop);
    if (stop.aborted) return false;
  }
}

function delivery(
  discard: Discard,
  destination: FailureDestination,
  { settings, newUuid }: Sender,
): () => Promise<void> {
  if (destination.type === 'sqs') {
    const body = JSON.stringify(failureRecord(discard, settings));
    return () => destination.sendMessage(body);
  }
  const key = failureObjectKey(discard, settings.uuid, newUuid());
  const body = JSON.stringify(failureObject(discard, settings));
  return () => destination.putObject(key, body);
}
