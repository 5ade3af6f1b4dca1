import type { _Record, MeasureValue, MeasureValueType } from '@aws-sdk/client-timestream-write';
import type { StatusMeasures, StatusRow } from '../status/rows.ts';

/** The name of the one multi-measure of the status table. */
const MEASURE_NAME = 'fact';

/** The columns of a row's measures, and their types. */
const MEASURES: Record<keyof StatusMeasures, { column: string; type: MeasureValueType }> = {
  replayed: { column: 'replayed', type: 'BOOLEAN' },
  replayReason: { column: 'replay_reason', type: 'VARCHAR' },
  name: { column: 'name', type: 'VARCHAR' },
  digest: { column: 'payload_digest', type: 'VARCHAR' },
  keyName: { column: 'key_name', type: 'VARCHAR' },
  queuedMs: { column: 'queued_ms', type: 'BIGINT' },
  dispatchMs: { column: 'dispatch_ms', type: 'BIGINT' },
  verified: { column: 'verified', type: 'BOOLEAN' },
  attempts: { column: 'attempts', type: 'BIGINT' },
  failedAttempts: { column: 'failed_attempts', type: 'BIGINT' },
  dueMs: { column: 'due_ms', type: 'BIGINT' },
  attemptLog: { column: 'attempt_log', type: 'VARCHAR' },
  reason: { column: 'reason', type: 'VARCHAR' },
  errorCode: { column: 'error_code', type: 'VARCHAR' },
  errorMessage: { column: 'error_message', type: 'VARCHAR' },
  errorStatus: { column: 'error_status', type: 'BIGINT' },
};

/** A row as one multi-measure record; `event_id` is the table's partition key. Pure. */
export function recordOf(row: StatusRow): _Record {
  const { eventId, type, traceId, runId, deferral, atMs, measures } = row;
  const dimensions = {
    event_id: eventId,
    type,
    trace_id: traceId,
    ...(runId ? { run_id: runId } : {}),
    ...(deferral ? { deferral: String(deferral) } : {}),
  };
  return {
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    MeasureName: MEASURE_NAME,
    MeasureValueType: 'MULTI',
    MeasureValues: measureValuesOf(measures),
    Time: String(atMs),
    TimeUnit: 'MILLISECONDS',
    Version: atMs,
  };
}

function measureValuesOf(measures: StatusMeasures): MeasureValue[] {
  return Object.entries(measures).flatMap(([name, value]) => {
    if (value === undefined) return [];
    const { column, type } = MEASURES[name as keyof StatusMeasures];
    const isWhole = type !== 'BIGINT' || Number.isSafeInteger(value);
    return isWhole ? [{ Name: column, Value: String(value), Type: type }] : [];
  });
}
