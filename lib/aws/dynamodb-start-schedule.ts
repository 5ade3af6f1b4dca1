import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type {
  BookingRequest,
  LearnedRate,
  ScheduleReader,
  ScheduleState,
  StartSchedule,
} from '../ports.ts';
import { type Item, openItem } from './dynamodb-item.ts';

/** Key of the item. */
const ID = 'schedule';

/** A booking that meets others that often takes longer than the starts are worth. */
const ATTEMPTS = 5;

/**
 * The start schedule in one item of a DynamoDB table: `nextStart`, `learned` with `learnedAt`, `pausedUntil`, and `jitterMs`;
 * times are numbers, in milliseconds since the epoch.
 *
 * A booking is one conditional update. While calls are booked, it adds to `nextStart`, which never conflicts with another booking. After a rest it
 * sets it anew, which one of several succeeds in; the others then add. Timeouts are those of `client`, which must make one attempt a call: a second one would
 * book twice.
 */
export function createDynamoDbStartSchedule(options: {
  client: DynamoDBClient;
  tableName: string;
}): StartSchedule & { connect(): Promise<void> } {
  const { read, update } = openItem(options.client, options.tableName, ID);
  /** The end of what was booked last: tells which update to try first. */
  let bookedToMs = 0;

  /** Books, and leaves the jitter for others. Returns the item as it was before, with what the others left. */
  const set = (
    nextStart: string,
    condition: string,
    values: Item,
    jitterMs: number | undefined,
  ): Promise<Item | undefined> => {
    const jitter = jitterMs === undefined ? {} : { ':jitter': numberOf(jitterMs) };
    const input = {
      UpdateExpression: `SET nextStart = ${nextStart}${jitterMs === undefined ? '' : ', jitterMs = :jitter'}`,
      ConditionExpression: condition,
      ExpressionAttributeValues: { ...values, ...jitter },
    };
    return update(input, 'ALL_OLD');
  };

  const add = ({ starts, spacingMs, earliestMs, latestMs, jitterMs }: BookingRequest) =>
    set(
      'nextStart + :length',
      'nextStart >= :earliest AND nextStart <= :latest',
      {
        ':length': numberOf(starts * spacingMs),
        ':earliest': numberOf(earliestMs),
        ':latest': numberOf(latestMs),
      },
      jitterMs,
    );

  const begin = ({ starts, spacingMs, earliestMs, jitterMs }: BookingRequest) =>
    set(
      ':end',
      'attribute_not_exists(nextStart) OR nextStart < :earliest',
      {
        ':end': numberOf(earliestMs + starts * spacingMs),
        ':earliest': numberOf(earliestMs),
      },
      jitterMs,
    );

  return {
    /** Opens the connection, so that the first booking is not late. Never rejects. */
    async connect() {
      await read().catch(() => undefined);
    },

    async book(request) {
      const { starts, spacingMs, earliestMs, latestMs } = request;
      if (earliestMs > latestMs) return { ...stateOf(await read()), firstMs: undefined };
      let isBusy = bookedToMs >= earliestMs;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        const before = await (isBusy ? add(request) : begin(request));
        if (before) {
          const firstMs = isBusy ? Number(before.nextStart?.N) : earliestMs;
          bookedToMs = firstMs + starts * spacingMs;
          return { ...stateOf(before), firstMs };
        }
        isBusy = !isBusy;
      }
      // Neither before `earliestMs` nor within the time: it is booked beyond.
      const item = await read();
      bookedToMs = Number(item.nextStart?.N ?? 0);
      return { ...stateOf(item), firstMs: undefined };
    },

    async tell({ learned, pausedUntilMs }) {
      const updates = [];
      if (learned)
        updates.push(
          update({
            UpdateExpression: 'SET learned = :learned, learnedAt = :at',
            ConditionExpression: 'attribute_not_exists(learnedAt) OR learnedAt < :at',
            ExpressionAttributeValues: {
              ':learned': { S: JSON.stringify(learned) },
              ':at': numberOf(learned.atMs),
            },
          }),
        );
      if (pausedUntilMs !== undefined)
        updates.push(
          update({
            UpdateExpression: 'SET pausedUntil = :until',
            ConditionExpression: 'attribute_not_exists(pausedUntil) OR pausedUntil < :until',
            ExpressionAttributeValues: { ':until': numberOf(pausedUntilMs) },
          }),
        );
      await Promise.all(updates);
    },
  };
}

function stateOf({ learned, pausedUntil, jitterMs }: Item): ScheduleState {
  return {
    learned: learned?.S === undefined ? undefined : (JSON.parse(learned.S) as LearnedRate),
    pausedUntilMs: Number(pausedUntil?.N ?? 0),
    jitterMs: jitterMs && Number(jitterMs.N),
  };
}

/** A time or a length to a microsecond. */
function numberOf(ms: number): AttributeValue {
  return { N: ms.toFixed(3) };
}

/** The schedule for those who only look: what was learnt, and the pauses. */
export function createDynamoDbScheduleReader(options: {
  client: DynamoDBClient;
  tableName: string;
}): ScheduleReader {
  const { read } = openItem(options.client, options.tableName, ID);
  return { read: async () => stateOf(await read()) };
}
