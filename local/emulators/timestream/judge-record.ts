import type { TimestreamRecord } from './write-input.ts';

/** A table, as far as writing goes. */
export interface TableRules {
  memoryHours: number;
  magneticDays: number;
  magneticWrites: boolean;
  /** A dimension that every record must have. */
  requiredDimension: string | undefined;
}

export type Judgement = { store: 'memory' | 'magnetic' } | { rejected: string };

const HOUR_MS = 3_600_000;
/** How far ahead of the clock a record may be (Timestream quotas). */
const FUTURE_MS = 15 * 60_000;

/** What a table does with a record that is right by its shape, whatever it holds already. Pure. */
export function judgeRecord(record: TimestreamRecord, rules: TableRules, nowMs: number): Judgement {
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
