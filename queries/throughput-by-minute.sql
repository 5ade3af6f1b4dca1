-- Per minute: what was received, deferred, delivered and dead-lettered, and how long delivery took, from receipt to the target's answer.
-- Parameters: first_day, last_day, from, to
WITH chosen AS (
  SELECT *, coalesce(element_at(replay, 'runId'), '') AS run_id
  FROM facts
  WHERE dt BETWEEN ? AND ? AND happened_at >= ? AND happened_at < ?
),
runs AS (
  SELECT
    event_id,
    run_id,
    min(CASE WHEN type = 'received' THEN happened_at END) AS received_at,
    min(CASE WHEN type = 'delivered' THEN happened_at END) AS delivered_at,
    min(CASE WHEN type = 'deadLettered' THEN happened_at END) AS dead_lettered_at,
    min(CASE WHEN type = 'delivered' THEN dispatch_ms END) AS call_ms
  FROM chosen
  GROUP BY 1, 2
),
moments AS (
  SELECT received_at AS happened_at, 'received' AS type, CAST(NULL AS bigint) AS latency_ms, CAST(NULL AS bigint) AS call_ms
  FROM runs
  UNION ALL
  SELECT
    delivered_at,
    'delivered',
    date_diff('millisecond', from_iso8601_timestamp(received_at), from_iso8601_timestamp(delivered_at)),
    call_ms
  FROM runs
  UNION ALL
  SELECT dead_lettered_at, 'deadLettered', NULL, NULL
  FROM runs
  UNION ALL
  SELECT min(happened_at), 'deferred', NULL, NULL
  FROM chosen
  WHERE type = 'deferred'
  GROUP BY event_id, run_id, deferral
)
SELECT
  concat(substr(happened_at, 1, 16), 'Z') AS minute,
  count_if(type = 'received') AS received,
  count_if(type = 'deferred') AS deferred,
  count_if(type = 'delivered') AS delivered,
  count_if(type = 'deadLettered') AS dead_lettered,
  approx_percentile(latency_ms, 0.5) AS latency_p50_ms,
  approx_percentile(latency_ms, 0.95) AS latency_p95_ms,
  approx_percentile(latency_ms, 0.99) AS latency_p99_ms,
  max(latency_ms) AS latency_max_ms,
  approx_percentile(call_ms, 0.95) AS call_p95_ms
FROM moments
WHERE happened_at IS NOT NULL
GROUP BY 1
ORDER BY 1
