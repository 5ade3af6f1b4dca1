-- The fifty busiest event names of the time range.
-- A deferred event counts as pending.
-- Parameters: first_day, last_day, from, to
WITH events AS (
  SELECT
    event_id,
    max(CASE WHEN type = 'received' THEN json_extract_scalar(payload, '$.name') END) AS name,
    count_if(type = 'received') > 0 AS is_received,
    count_if(type = 'delivered') > 0 AS is_delivered,
    count_if(type = 'deadLettered') > 0 AS is_dead_lettered
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
  GROUP BY 1
)
SELECT
  name,
  count(*) AS events,
  count_if(is_delivered) AS delivered,
  count_if(is_dead_lettered AND NOT is_delivered) AS dead_lettered,
  count_if(NOT is_dead_lettered AND NOT is_delivered) AS pending
FROM events
WHERE is_received
GROUP BY name
ORDER BY 2 DESC, 1
LIMIT 50
