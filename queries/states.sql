-- How many of the events received in the time range are delivered, dead-lettered, dismissed, deferred or pending at its end.
-- Of the deferred ones: when the next is due.
-- Parameters: first_day, last_day, from, to
WITH runs AS (
  SELECT
    event_id,
    coalesce(element_at(replay, 'runId'), '') AS run_id,
    min(CASE WHEN type = 'received' THEN happened_at END) AS received_at,
    min(CASE WHEN type = 'delivered' THEN happened_at END) AS delivered_at,
    min(CASE WHEN type = 'deadLettered' THEN happened_at END) AS dead_lettered_at,
    max(CASE WHEN type = 'dismissed' THEN happened_at END) AS dismissed_at,
    max(CASE WHEN type = 'deferred' THEN deferral END) AS deferred,
    max(CASE WHEN type = 'received' THEN deferral END) AS returned,
    max(CASE WHEN type = 'deferred' THEN due_at END) AS due_at
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
  GROUP BY 1, 2
),
latest AS (
  SELECT
    event_id,
    received_at,
    due_at,
    CASE
      WHEN delivered_at IS NOT NULL THEN 'delivered'
      WHEN dead_lettered_at IS NOT NULL AND dismissed_at IS NOT NULL THEN 'dismissed'
      WHEN dead_lettered_at IS NOT NULL THEN 'deadLettered'
      WHEN deferred > coalesce(returned, 0) THEN 'deferred'
      ELSE 'pending'
    END AS state,
    row_number() OVER (PARTITION BY event_id ORDER BY received_at DESC, run_id DESC) AS recency
  FROM runs
  WHERE received_at IS NOT NULL
)
SELECT
  state,
  count(*) AS events,
  min(received_at) AS oldest_received_at,
  max(received_at) AS newest_received_at,
  min(CASE WHEN state = 'deferred' THEN due_at END) AS next_due_at
FROM latest
WHERE recency = 1
GROUP BY state
ORDER BY state
