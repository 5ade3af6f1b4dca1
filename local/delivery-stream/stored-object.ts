import { randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { PutOptions } from '../../lib/object-store.ts';
import type { DeliverySettings } from './delivery-settings.ts';
import { objectKey } from './object-key.ts';
import type { ClosedBuffer } from './record-buffer.ts';

const gzipAsync = promisify(gzip);

/** An object as it goes to the store: every attempt puts the same one, so that a repeat is no duplicate. */
export interface StoredObject {
  key: string;
  body: Uint8Array;
  options: PutOptions;
}

export async function toStoredObject(
  streamName: string,
  closed: ClosedBuffer,
  settings: DeliverySettings,
): Promise<StoredObject> {
  const { prefix, extension, compression } = settings;
  const { oldestArrivalMs } = closed;
  const key = objectKey({ prefix, streamName, oldestArrivalMs, uuid: randomUUID(), extension });
  const contentType = 'application/octet-stream';
  if (compression === 'UNCOMPRESSED') return { key, body: closed.body, options: { contentType } };
  const body = await gzipAsync(closed.body);
  return { key, body, options: { contentType, contentEncoding: 'gzip' } };
}
