-- The event that came with an HTTP request, by the id that the API's access log has of it.
-- Parameters: first_day, last_day, from, to, request_id
SELECT DISTINCT
  happened_at AS received_at,
  event_id,
  json_extract_scalar(payload, '$.name') AS name,
  trace_id,
  key_name
FROM facts
WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ? AND request_id = ? AND type = 'received'
ORDER BY happened_at
