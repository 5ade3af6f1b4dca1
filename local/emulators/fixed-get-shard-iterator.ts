import { type Action, db, lastRecord } from './kinesalite-store.ts';

export interface GetShardIteratorInput {
  StreamName: string;
  ShardId: string;
  ShardIteratorType: string;
  StartingSequenceNumber?: string;
  /** Seconds since the epoch. */
  Timestamp?: number;
}

export interface GetShardIteratorOutput {
  ShardIterator: string;
}

type GetShardIterator = Action<GetShardIteratorInput, GetShardIteratorOutput>;

/**
 * kinesalite never answers `AT_TIMESTAMP` for a time after the shard's last record. It means whatever comes next:
 * the position after that record, or the start of an empty shard.
 */
export function fixGetShardIterator(original: GetShardIterator): GetShardIterator {
  return (store, input, done) => {
    const atSeconds = searchableTime(input);
    if (atSeconds === undefined) return original(store, input, done);

    const { StreamName, ShardId } = input;
    const records = store.getStreamDb(StreamName);
    lastRecord(records, db.resolveShardId(ShardId).shardIx).then((last) => {
      if (last && last.arrivalSeconds >= atSeconds) return original(store, input, done);
      const position = last
        ? {
            ShardIteratorType: 'AFTER_SEQUENCE_NUMBER',
            StartingSequenceNumber: last.sequenceNumber,
          }
        : { ShardIteratorType: 'TRIM_HORIZON' };
      original(store, { StreamName, ShardId, ...position }, done);
    }, done);
  };
}

/** Absent where kinesalite's own answer is right, refusals included. */
function searchableTime(input: GetShardIteratorInput): number | undefined {
  const { ShardIteratorType, Timestamp, ShardId } = input;
  if (ShardIteratorType !== 'AT_TIMESTAMP' || Timestamp === undefined) return undefined;
  const isRefused = Timestamp * 1000 > Date.now() || !/^shardId-\d{12}$/.test(ShardId);
  return isRefused ? undefined : Timestamp;
}
