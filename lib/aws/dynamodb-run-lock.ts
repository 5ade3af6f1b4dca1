import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { HeldLock, RunHolder, RunLock } from '../ports.ts';

type Item = Record<string, AttributeValue>;

const NAMES = { '#holder': 'holder', '#token': 'token', '#beats': 'beats' };

/** A lock in one item of a DynamoDB table: `holder` as JSON while it is held, `token`, which stays, and `beats`. */
export function createDynamoDbRunLock(options: {
  client: DynamoDBClient;
  tableName: string;
  /** Key of the item. */
  id: string;
}): RunLock {
  const { client, tableName: TableName, id } = options;
  const Key = { id: { S: id } };

  /** Returns the item after the update; `undefined` if the condition did not hold. */
  async function update(
    input: Pick<
      UpdateItemCommandInput,
      'UpdateExpression' | 'ConditionExpression' | 'ExpressionAttributeValues'
    >,
  ): Promise<Item | undefined> {
    const text = `${input.UpdateExpression} ${input.ConditionExpression}`;
    const names = Object.entries(NAMES).filter(([name]) => text.includes(name));
    const ExpressionAttributeNames = Object.fromEntries(names);
    const command = new UpdateItemCommand({
      ...{ TableName, Key, ReturnValues: 'ALL_NEW', ExpressionAttributeNames },
      ...input,
    });
    try {
      return (await client.send(command)).Attributes ?? {};
    } catch (error) {
      if (error instanceof ConditionalCheckFailedException) return undefined;
      throw error;
    }
  }

  return {
    async take(holder, over) {
      const free = 'attribute_not_exists(#holder)';
      const item = await update({
        UpdateExpression: 'SET #holder = :holder, #beats = :zero ADD #token :one',
        ConditionExpression: over ? `${free} OR (#token = :token AND #beats = :beats)` : free,
        ExpressionAttributeValues: {
          ':holder': { S: JSON.stringify(holder) },
          ':zero': { N: '0' },
          ':one': { N: '1' },
          ...(over && { ':token': { N: `${over.token}` }, ':beats': { N: `${over.beats}` } }),
        },
      });
      return item && lockOf(item);
    },

    async read() {
      const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
      return lockOf((await client.send(command)).Item ?? {});
    },

    async beat(token) {
      const item = await update({
        UpdateExpression: 'SET #beats = #beats + :one',
        ConditionExpression: 'attribute_exists(#holder) AND #token = :token',
        ExpressionAttributeValues: { ':one': { N: '1' }, ':token': { N: `${token}` } },
      });
      return item !== undefined;
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
