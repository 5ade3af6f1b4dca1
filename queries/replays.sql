-- Replay runs of the time range, and what they achieved: a verified event was at the target before.
-- A deferred event counts as pending.
-- Parameters: first_day, last_day, from, to
WITH replayed AS (
  SELECT
    element_at(replay, 'runId') AS run_id,
    event_id,
    max(element_at(replay, 'reason')) AS reason,
    min(CASE WHEN type = 'received' THEN happened_at END) AS received_at,
    max(happened_at) AS last_at,
    count_if(type = 'delivered') > 0 AS is_delivered,
    count_if(type = 'delivered' AND verified) > 0 AS is_verified,
    count_if(type = 'deadLettered') > 0 AS is_dead_lettered
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ? AND element_at(replay, 'runId') IS NOT NULL
  GROUP BY 1, 2
)
SELECT
  run_id,
  max(reason) AS reason,
  min(received_at) AS started_at,
  max(last_at) AS last_at,
  count(*) AS events,
  count_if(is_delivered) AS delivered,
  count_if(is_verified) AS verified,
  count_if(is_dead_lettered AND NOT is_delivered) AS dead_lettered,
  count_if(NOT is_dead_lettered AND NOT is_delivered) AS pending
FROM replayed
GROUP BY run_id
ORDER BY 3, 1
