import { createDecipheriv } from 'node:crypto';
import { type Action, db, hasRecordAfter } from './kinesalite-store.ts';

/** AWS: one answer holds at most 10 MiB. */
const MAX_ANSWER_BYTES = 10 * 1024 * 1024;

export interface GetRecordsInput {
  ShardIterator: string;
  Limit?: number;
}

export interface GetRecordsOutput {
  /** `Data` is base64; the time is in seconds since the epoch. */
  Records: { SequenceNumber: string; Data: string; ApproximateArrivalTimestamp: number }[];
  NextShardIterator?: string;
  MillisBehindLatest: number;
}

type GetRecords = Action<GetRecordsInput, GetRecordsOutput>;

/**
 * kinesalite's `GetRecords` answers with as many bytes as there are, which can be gigabytes, and says that the reader is
 * at the tip wherever it is: `MillisBehindLatest` is always 0. This one does as AWS does.
 */
export function fixGetRecords(original: GetRecords): GetRecords {
  return function getRecords(store, input, done) {
    original(store, input, (error, answer) => {
      const last = answer?.Records.at(-1);
      if (error || !answer || !last) return done(error, answer);

      const fitting = countFitting(answer.Records);
      if (fitting < answer.Records.length) {
        return getRecords(store, { ...input, Limit: fitting }, done);
      }
      const ageMs = Date.now() - Math.round(last.ApproximateArrivalTimestamp * 1000);
      hasRecordAfter(store.getStreamDb(streamOf(input.ShardIterator)), last.SequenceNumber).then(
        (isBehind) =>
          done(null, { ...answer, MillisBehindLatest: isBehind ? Math.max(1, ageMs) : 0 }),
        done,
      );
    });
  };
}

/** How many of the records fit one answer; one always does. */
function countFitting(records: GetRecordsOutput['Records']): number {
  let bytes = 0;
  const over = records.findIndex(({ Data }) => {
    bytes += (Data.length * 3) / 4;
    return bytes > MAX_ANSWER_BYTES;
  });
  return over === -1 ? records.length : Math.max(1, over);
}

/** An iterator is an encrypted `<time>/<stream>/<shard>/<sequence number>/<padding>` after eight bytes. */
function streamOf(iterator: string): string {
  const decipher = createDecipheriv('aes-256-cbc', db.ITERATOR_PWD_KEY, db.ITERATOR_PWD_IV);
  const encrypted = Buffer.from(iterator, 'base64').subarray(8);
  const text = Buffer.concat([decipher.update(encrypted), decipher.final()]).toString();
  return text.split('/')[1] ?? '';
}
