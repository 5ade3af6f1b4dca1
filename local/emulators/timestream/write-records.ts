import { AwsError } from '../aws-json-server.ts';
import type { TableStore } from './table-store.ts';
import { requireTable, rulesOf } from './tables.ts';
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
    throw new AwsError(
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

/** A table, as far as writing goes. */
export interface TableRules {
  memoryHours: number;
  magneticDays: number;
  magneticWrites: boolean;
  /** A dimension that every record must have. */
  requiredDimension: string | undefined;
}

type Judgement = { store: 'memory' | 'magnetic' } | { rejected: string };

const HOUR_MS = 3_600_000;
/** How far ahead of the clock a record may be (Timestream quotas). */
const FUTURE_MS = 15 * 60_000;

/** What a table does with a record that is right by its shape, whatever it holds already. Pure. */
function judgeRecord(record: TimestreamRecord, rules: TableRules, nowMs: number): Judgement {
  const { requiredDimension } = rules;
  if (requiredDimension && !record.dimensions.has(requiredDimension))
    return { rejected: `The record has no partition key dimension ${requiredDimension}.` };
  const unreadable = [...record.measures].find(([, measure]) => !isOfType(measure));
  if (unreadable)
    return { rejected: `The value of ${unreadable[0]} is not of type ${unreadable[1].type}.` };
  return judgeTime(Number(record.timeNs / 1_000_000n), rules, nowMs);
}

function judgeTime(timeMs: number, rules: TableRules, nowMs: number): Judgement {
  const memoryFromMs = nowMs - rules.memoryHours * HOUR_MS;
  const magneticFromMs = nowMs - rules.magneticDays * 24 * HOUR_MS;
  const fromMs = rules.magneticWrites ? Math.min(memoryFromMs, magneticFromMs) : memoryFromMs;
  const toMs = nowMs + FUTURE_MS;
  if (timeMs < fromMs || timeMs >= toMs) {
    const range = `[${new Date(fromMs).toISOString()}, ${new Date(toMs).toISOString()})`;
    return {
      rejected: `The record timestamp is outside the time range ${range} of the data ingestion window.`,
    };
  }
  return { store: timeMs >= memoryFromMs ? 'memory' : 'magnetic' };
}

function isOfType({ value, type }: { value: string; type: string }): boolean {
  switch (type) {
    case 'BIGINT':
    case 'TIMESTAMP':
      return /^-?\d{1,19}$/.test(value);
    case 'DOUBLE':
      return value.trim() !== '' && !Number.isNaN(Number(value));
    case 'BOOLEAN':
      return /^(true|false)$/i.test(value);
    default:
      return true;
  }
}
