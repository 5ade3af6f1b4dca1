import type { DynamoDBClient, UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import type { HeldLock, RunHolder, RunLock } from '../ports.ts';
import { type Item, openItem } from './dynamodb-item.ts';

const NAMES = { '#holder': 'holder', '#token': 'token', '#beats': 'beats' };

/** A lock in one item of a DynamoDB table: `holder` as JSON while it is held, `token`, which stays, and `beats`. */
export function createDynamoDbRunLock(options: {
  client: DynamoDBClient;
  tableName: string;
  /** Key of the item. */
  id: string;
}): RunLock {
  const item = openItem(options.client, options.tableName, options.id);

  /** As {@link openItem} does, with the names of those attributes that the expressions hold. */
  function update(
    input: Pick<
      UpdateItemCommandInput,
      'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
    >,
  ): Promise<Item | undefined> {
    const text = `${input.UpdateExpression} ${input.ConditionExpression}`;
    const names = Object.entries(NAMES).filter(([name]) => text.includes(name));
    return item.update({ ...input, ExpressionAttributeNames: Object.fromEntries(names) });
  }

  return {
    async take(holder, over) {
      const free = 'attribute_not_exists(#holder)';
      const taken = await update({
        UpdateExpression: 'SET #holder = :holder, #beats = :zero ADD #token :one',
        ConditionExpression: over ? `${free} OR (#token = :token AND #beats = :beats)` : free,
        ExpressionAttributeValues: {
          ':holder': { S: JSON.stringify(holder) },
          ':zero': { N: '0' },
          ':one': { N: '1' },
          ...(over && { ':token': { N: `${over.token}` }, ':beats': { N: `${over.beats}` } }),
        },
      });
      return taken && lockOf(taken);
    },

    async read() {
      return lockOf(await item.read());
    },

    async beat(token) {
      const beaten = await update({
        UpdateExpression: 'SET #beats = #beats + :one',
        ConditionExpression: 'attribute_exists(#holder) AND #token = :token',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':token': { N: `${token}` } },
      });
      return beaten !== undefined;
    },

    async release(token) {
      await update({
        UpdateExpression: 'REMOVE #holder, #beats',
        ConditionExpression: '#token = :token',
        ExpressionAttributeValues: { ':token': { N: `${token}` } },
      });
    },
  };
}

function lockOf({ holder, token, beats }: Item): HeldLock | undefined {
  if (holder?.S === undefined) return undefined;
  return {
    holder: JSON.parse(holder.S) as RunHolder,
    token: Number(token?.N ?? 0),
    beats: Number(beats?.N ?? 0),
  };
}
