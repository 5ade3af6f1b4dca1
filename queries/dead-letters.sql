-- Dead letters of the time range by reason and error, and how many of those events are neither delivered nor dismissed since.
-- Of these: how many a replay has parked.
-- Parameters: first_day, last_day, from, to
WITH marked AS (
  SELECT
    *,
    max(CASE WHEN type IN ('delivered', 'dismissed') THEN happened_at END) OVER (PARTITION BY event_id) AS ended_at,
    max(CASE WHEN type = 'deferred' THEN happened_at END) OVER (PARTITION BY event_id) AS deferred_at
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
)
SELECT
  reason,
  error.code AS code,
  error.status AS status,
  count(DISTINCT event_id) AS events,
  count(DISTINCT CASE WHEN ended_at IS NULL OR ended_at < happened_at THEN event_id END) AS still_dead,
  count(DISTINCT CASE
    WHEN deferred_at > happened_at AND (ended_at IS NULL OR ended_at < happened_at) THEN event_id
  END) AS deferred_since,
  min(happened_at) AS first_at,
  max(happened_at) AS last_at,
  max_by(event_id, happened_at) AS latest_event_id,
  max_by(json_extract_scalar(payload, '$.name'), happened_at) AS latest_name,
  max_by(error.message, happened_at) AS latest_message
FROM marked
WHERE type = 'deadLettered'
GROUP BY 1, 2, 3
ORDER BY 4 DESC, 1, 2
