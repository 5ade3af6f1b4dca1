import {
  ConflictException,
  CreateDatabaseCommand,
  CreateTableCommand,
  type TimestreamWriteClient,
} from '@aws-sdk/client-timestream-write';

interface TimestreamTableSpec {
  database: string;
  table: string;
  /** Hours that rows stay in the memory store, 1–8,766. */
  memoryHours: number;
  /** Days that rows are kept in all, 1–73,000. */
  magneticDays: number;
}

/** Creates the database and the table unless it is there already. Meant for emulators: on AWS, Terraform owns them. */
export async function ensureTimestreamTable(
  client: TimestreamWriteClient,
  { database: DatabaseName, table: TableName, memoryHours, magneticDays }: TimestreamTableSpec,
): Promise<void> {
  await unlessThere(() => client.send(new CreateDatabaseCommand({ DatabaseName })));
  await unlessThere(() =>
    client.send(
      new CreateTableCommand({
        DatabaseName,
        TableName,
        RetentionProperties: {
          MemoryStoreRetentionPeriodInHours: memoryHours,
          MagneticStoreRetentionPeriodInDays: magneticDays,
        },
        MagneticStoreWriteProperties: { EnableMagneticStoreWrites: true },
        Schema: {
          CompositePartitionKey: [
            { Type: 'DIMENSION', Name: 'event_id', EnforcementInRecord: 'REQUIRED' },
          ],
        },
      }),
    ),
  );
}

async function unlessThere(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if (!(error instanceof ConflictException)) throw error;
  }
}
