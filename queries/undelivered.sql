-- Events that were received in the time range, longer than --minutes before its end, and are neither delivered nor dismissed.
-- Of deferred ones: when they are due. In an outage, last_delivery_at is long ago, and outage_error is what the target failed with since.
-- Parameters: first_day, last_day, from, to, older_than
WITH runs AS (
  SELECT
    event_id,
    coalesce(element_at(replay, 'runId'), '') AS run_id,
    max(CASE WHEN type = 'received' THEN json_extract_scalar(payload, '$.name') END) AS name,
    min(CASE WHEN type = 'received' THEN happened_at END) AS received_at,
    min(CASE WHEN type = 'delivered' THEN happened_at END) AS delivered_at,
    min(CASE WHEN type = 'deadLettered' THEN happened_at END) AS dead_lettered_at,
    max(CASE WHEN type = 'dismissed' THEN happened_at END) AS dismissed_at,
    max(CASE WHEN type = 'deferred' THEN deferral END) AS deferred,
    max(CASE WHEN type = 'received' THEN deferral END) AS returned,
    max(CASE WHEN type = 'deferred' THEN due_at END) AS due_at,
    max(CASE WHEN type = 'deferred' OR reason <> 'malformed' THEN happened_at END) AS failed_at,
    max_by(error.code, CASE WHEN type = 'deferred' OR reason <> 'malformed' THEN happened_at END) AS error_code,
    max_by(error.message, CASE WHEN type = 'deferred' OR reason <> 'malformed' THEN happened_at END) AS error_message
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
  GROUP BY 1, 2
),
compared AS (
  SELECT
    *,
    max(delivered_at) OVER () AS last_delivery_at,
    max(failed_at) OVER () AS last_failure_at,
    max_by(error_code, failed_at) OVER () AS last_error_code
  FROM runs
),
latest AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at DESC, run_id DESC) AS recency
  FROM compared
  WHERE received_at IS NOT NULL
)
SELECT
  event_id,
  name,
  CASE
    WHEN dead_lettered_at IS NOT NULL THEN 'deadLettered'
    WHEN deferred > coalesce(returned, 0) THEN 'deferred'
    ELSE 'pending'
  END AS state,
  received_at,
  dead_lettered_at,
  CASE WHEN dead_lettered_at IS NULL AND deferred > coalesce(returned, 0) THEN due_at END AS due_at,
  error_code,
  error_message,
  last_delivery_at,
  CASE WHEN last_delivery_at IS NULL OR last_failure_at > last_delivery_at THEN last_error_code END AS outage_error,
  nullif(run_id, '') AS run_id
FROM latest
WHERE recency = 1 AND delivered_at IS NULL AND dismissed_at IS NULL AND received_at < ?
ORDER BY received_at, event_id
