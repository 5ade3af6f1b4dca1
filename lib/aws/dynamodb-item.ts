import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';

/** The attributes of an item, by name. */
export type Item = Record<string, AttributeValue>;

/** One item of a table whose key is `id`. */
export function openItem(client: DynamoDBClient, TableName: string, id: string) {
  const Key = { id: { S: id } };
  return {
    /** Returns the item with all that was written before; without attributes if there is none. */
    async read(): Promise<Item> {
      const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
      return (await client.send(command)).Item ?? {};
    },

    /** Returns the item after the update, or as it was before; `undefined` if the condition did not hold. */
    async update(
      input: Omit<UpdateItemCommandInput, 'TableName' | 'Key' | 'ReturnValues'>,
      ReturnValues: 'ALL_NEW' | 'ALL_OLD' = 'ALL_NEW',
    ): Promise<Item | undefined> {
      try {
        const command = new UpdateItemCommand({
          ...{ TableName, Key, ReturnValues },
          ...input,
        });
        return (await client.send(command)).Attributes ?? {};
      } catch (error) {
        if (error instanceof ConditionalCheckFailedException) return undefined;
        throw error;
      }
    },
  };
}
