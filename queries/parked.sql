-- The events received in the time range that are parked at its end, with due time, failed attempts and last error.
-- Those first that are due first.
-- Parameters: first_day, last_day, from, to
WITH marked AS (
  SELECT
    *,
    coalesce(element_at(replay, 'runId'), '') AS run_id
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
),
runs AS (
  SELECT
    *,
    max(CASE WHEN type = 'received' THEN json_extract_scalar(payload, '$.name') END) OVER (PARTITION BY event_id, run_id) AS name,
    min(CASE WHEN type = 'received' THEN happened_at END) OVER (PARTITION BY event_id, run_id) AS received_at,
    max(CASE WHEN type = 'received' THEN coalesce(deferral, 0) END) OVER (PARTITION BY event_id, run_id) AS returned,
    max(CASE WHEN type IN ('delivered', 'deadLettered') THEN happened_at END) OVER (PARTITION BY event_id, run_id) AS ended_at
  FROM marked
),
deferrals AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY event_id, run_id ORDER BY deferral DESC, happened_at DESC) AS recency
  FROM runs
  WHERE type = 'deferred'
)
SELECT
  event_id,
  name,
  due_at,
  deferral,
  failed_attempts,
  received_at,
  happened_at AS deferred_at,
  error.code AS error_code,
  error.status AS error_status,
  error.message AS error_message,
  nullif(run_id, '') AS run_id
FROM deferrals
WHERE recency = 1 AND deferral > returned AND ended_at IS NULL
ORDER BY due_at, event_id
