-- Ids that came with several bodies in the time range: one row for each body. The target has one of them at most.
-- White space and the order of keys make no difference. A source has to send the others under ids of their own.
-- Parameters: first_day, last_day, from, to
WITH bodies AS (
  SELECT
    event_id,
    json_format(json_parse(payload)) AS body,
    min(happened_at) AS first_received_at,
    count(DISTINCT happened_at) AS receipts,
    max(key_name) AS key_name,
    min_by(payload, happened_at) AS payload
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ? AND type = 'received' AND payload IS NOT NULL
  GROUP BY 1, 2
),
counted AS (
  SELECT *, count(*) OVER (PARTITION BY event_id) AS bodies
  FROM bodies
)
SELECT
  event_id,
  json_extract_scalar(payload, '$.name') AS name,
  first_received_at,
  receipts,
  key_name,
  payload
FROM counted
WHERE bodies > 1
ORDER BY event_id, first_received_at, body
