-- The facts of one event in the time range, oldest first.
-- A parked event returns with the time of its first receipt, and a deferral above 0.
-- Parameters: first_day, last_day, from, to, event_id
SELECT DISTINCT
  happened_at,
  type,
  json_extract_scalar(payload, '$.name') AS name,
  element_at(replay, 'runId') AS run_id,
  coalesce(deferral, 0) AS deferral,
  due_at,
  failed_attempts,
  cardinality(attempts) AS attempts,
  element_at(attempts, -1).outcome AS last_outcome,
  element_at(attempts, -1).status AS last_status,
  queued_ms,
  dispatch_ms,
  verified,
  reason,
  error.code AS error_code,
  error.message AS error_message,
  trace_id
FROM facts
WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ? AND event_id = ?
ORDER BY happened_at, type DESC, deferral
