/** One entry of a `PutRecords` request. */
interface PutRecordsEntry {
  PartitionKey: string;
  Data: Uint8Array;
}

/** Limits of one `PutRecords` request (Kinesis API reference); 5 MiB includes the partition keys. */
export const MAX_RECORDS = 500;
export const MAX_REQUEST_BYTES = 5 * 1024 * 1024;

/** Splits entries, in order, into requests that respect both limits. Pure. */
export function chunkEntries<Entry extends PutRecordsEntry>(entries: Entry[]): Entry[][] {
  const chunks: Entry[][] = [];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.Data.byteLength + Buffer.byteLength(entry.PartitionKey);
    const chunk = chunks.at(-1);
    if (!chunk || chunk.length === MAX_RECORDS || bytes + size > MAX_REQUEST_BYTES) {
      chunks.push([entry]);
      bytes = size;
    } else {
      chunk.push(entry);
      bytes += size;
    }
  }
  return chunks;
}
