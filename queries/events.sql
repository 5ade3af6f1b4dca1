-- The current state of every event that was received in the time range; of a replayed one, that of its latest run.
-- Parameters: first_day, last_day, from, to
WITH runs AS (
  SELECT
    event_id,
    coalesce(element_at(replay, 'runId'), '') AS run_id,
    max(CASE WHEN type = 'received' THEN json_extract_scalar(payload, '$.name') END) AS name,
    min(CASE WHEN type = 'received' THEN happened_at END) AS received_at,
    min(CASE WHEN type = 'delivered' THEN happened_at END) AS delivered_at,
    min(CASE WHEN type = 'deadLettered' THEN happened_at END) AS dead_lettered_at,
    max(CASE WHEN type = 'dismissed' THEN happened_at END) AS dismissed_at,
    max(CASE WHEN type <> 'received' THEN cardinality(attempts) END) AS attempts,
    max(CASE WHEN type = 'deferred' THEN deferral END) AS deferred,
    max(CASE WHEN type = 'received' THEN deferral END) AS returned,
    max(CASE WHEN type = 'deferred' THEN due_at END) AS due_at
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
  GROUP BY 1, 2
),
latest AS (
  SELECT
    *,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at DESC, run_id DESC) AS recency
  FROM runs
  WHERE received_at IS NOT NULL
)
SELECT
  event_id,
  name,
  CASE
    WHEN delivered_at IS NOT NULL THEN 'delivered'
    WHEN dead_lettered_at IS NOT NULL AND dismissed_at IS NOT NULL THEN 'dismissed'
    WHEN dead_lettered_at IS NOT NULL THEN 'deadLettered'
    WHEN deferred > coalesce(returned, 0) THEN 'deferred'
    ELSE 'pending'
  END AS state,
  received_at,
  coalesce(delivered_at, dead_lettered_at) AS settled_at,
  attempts,
  CASE WHEN delivered_at IS NULL AND dead_lettered_at IS NULL AND deferred > coalesce(returned, 0) THEN due_at END AS due_at,
  nullif(run_id, '') AS run_id
FROM latest
WHERE recency = 1
ORDER BY received_at, event_id
