import { judgeRecord } from './judge-record.ts';
import type { TableStore } from './table-store.ts';
import { requireTable, rulesOf } from './tables.ts';
import { TimestreamError } from './timestream-error.ts';
import { readWriteInput, type TimestreamRecord } from './write-input.ts';

interface Rejection {
  RecordIndex: number;
  Reason: string;
  ExistingVersion?: number;
}

/** `WriteRecords`: stores what can be stored, then rejects the rest of the request record by record. */
export function writeRecords(store: TableStore, input: unknown, nowMs: number) {
  const { database, table: name, records } = readWriteInput(input);
  const table = requireTable(store, database, name);
  const rules = rulesOf(table);
  const partitionOf = ({ dimensions, measureName }: TimestreamRecord) =>
    rules.partitionKey ? (dimensions.get(rules.partitionKey) ?? '') : measureName;
  const rejected: Rejection[] = [];
  const ingested = { memory: 0, magnetic: 0 };

  store.transaction(() => {
    records.forEach((record, RecordIndex) => {
      const judgement = judgeRecord(record, rules, nowMs);
      if ('rejected' in judgement) {
        rejected.push({ RecordIndex, Reason: judgement.rejected });
        return;
      }
      const meeting = store.put(table.id, record, partitionOf(record));
      if (meeting.stored) ingested[judgement.store] += 1;
      else rejected.push(conflict(RecordIndex, record.version, meeting.existingVersion));
    });
  });
  if (rejected.length > 0)
    throw new TimestreamError(
      'RejectedRecordsException',
      'One or more records have been rejected. See RejectedRecords for details.',
      { RejectedRecords: rejected },
    );
  const { memory, magnetic } = ingested;
  return {
    RecordsIngested: { Total: memory + magnetic, MemoryStore: memory, MagneticStore: magnetic },
  };
}

/** In the service's words, as far as they are known. */
function conflict(RecordIndex: number, version: number, ExistingVersion: number): Rejection {
  const Reason =
    version < ExistingVersion
      ? `The record version ${version} is lower than the existing version ${ExistingVersion}. A higher version is required to update the measure value.`
      : 'A record already exists with the same time, dimensions, measure name, and record version. A higher record version must be specified in order to update the measure value.';
  return { RecordIndex, Reason, ExistingVersion };
}
