-- The tables of the archive, as Terraform makes them in Glue. Generated from lib/archive/columns.ts by npm run schema.
-- Put your archive's bucket in the place of ARCHIVE_BUCKET, and run the statements one by one.

-- Every fact, as it lies in the archive. With case.insensitive (the default) the SerDe would write the payload's keys in
-- lower case, and refuse a payload that has two keys of the same letters.
CREATE EXTERNAL TABLE IF NOT EXISTS facts (
  `v` int COMMENT 'schema version, 1',
  `type` string COMMENT 'received, deferred, delivered, deadLettered or dismissed',
  `event_id` string COMMENT 'the source\'s id, as sent',
  `happened_at` string COMMENT 'when it happened, ISO 8601 UTC with milliseconds: sorts as text',
  `trace_id` string COMMENT 'W3C trace id of the HTTP request, or of a replay',
  `trace_flags` int COMMENT 'W3C trace flags of the HTTP request, 1 is sampled; null where it had none',
  `parent_span_id` string COMMENT 'received: the caller\'s span in the trace',
  `replay` map<string,string> COMMENT 'runId and reason of a replay; null on first delivery',
  `replay_of` map<string,string> COMMENT 'received: traceId and spanId of the receipt that is replayed',
  `receipt_at` string COMMENT 'deferred, delivered, deadLettered: when the event was received, ISO 8601 UTC',
  `attempts` array<struct<at:string,ms:bigint,outcome:string,status:int,error:string>> COMMENT 'deferred, delivered, deadLettered: the attempts, newest last, at most 10',
  `carried_attempts` int COMMENT 'how many of the attempts an earlier deferred fact has already; null for none',
  `deferral` int COMMENT 'times that the event had been parked before, in deferred with this one; null for none',
  `due_at` string COMMENT 'deferred: when the event is due to be tried again, ISO 8601 UTC',
  `deferred_since` string COMMENT 'received: when it was parked for the first time, of one that returns from there',
  `failed_attempts` int COMMENT 'received, deferred: failed creations in all before it was parked; null for none',
  `queued_ms` bigint COMMENT 'delivered: milliseconds from receipt to the first attempt',
  `dispatch_ms` bigint COMMENT 'delivered: milliseconds of the successful call',
  `verified` boolean COMMENT 'delivered: true where the target already had the event',
  `reason` string COMMENT 'deadLettered: malformed, rejected, exhausted or undecided; dismissed: any text',
  `error` struct<code:string,message:string,status:int> COMMENT 'deferred, deadLettered: the last error',
  `key_name` string COMMENT 'received, deferred, deadLettered: the name of the API key, never the key',
  `request_id` string COMMENT 'received: the id of the HTTP request, as in the access log of the API',
  `may_repeat` boolean COMMENT 'received: the journal may hold another copy of this fact',
  `payload` string COMMENT 'received, deadLettered: the JSON body as the source sent it'
)
PARTITIONED BY (dt string COMMENT 'day of arrival, UTC', hh string COMMENT 'hour of arrival, UTC')
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
  'case.insensitive' = 'FALSE',
  'ignore.malformed.json' = 'TRUE',
  'mapping.event_id' = 'eventId',
  'mapping.happened_at' = 'at',
  'mapping.trace_id' = 'traceId',
  'mapping.trace_flags' = 'traceFlags',
  'mapping.parent_span_id' = 'parentSpanId',
  'mapping.replay_of' = 'replayOf',
  'mapping.receipt_at' = 'receivedAt',
  'mapping.carried_attempts' = 'carriedAttempts',
  'mapping.due_at' = 'until',
  'mapping.deferred_since' = 'deferredSince',
  'mapping.failed_attempts' = 'failedAttempts',
  'mapping.queued_ms' = 'queuedMs',
  'mapping.dispatch_ms' = 'dispatchMs',
  'mapping.key_name' = 'keyName',
  'mapping.request_id' = 'requestId',
  'mapping.may_repeat' = 'mayRepeat'
)
STORED AS TEXTFILE
LOCATION 's3://ARCHIVE_BUCKET/facts/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2025-01-01,NOW',
  'projection.hh.type' = 'integer',
  'projection.hh.range' = '0,23',
  'projection.hh.digits' = '2',
  'storage.location.template' = 's3://ARCHIVE_BUCKET/facts/dt=${dt}/hh=${hh}/'
);

-- The same facts in Parquet, for analysts; a replay never reads them.
CREATE EXTERNAL TABLE IF NOT EXISTS facts_curated (
  `v` int COMMENT 'schema version, 1',
  `type` string COMMENT 'received, deferred, delivered, deadLettered or dismissed',
  `event_id` string COMMENT 'the source\'s id, as sent',
  `happened_at` string COMMENT 'when it happened, ISO 8601 UTC with milliseconds: sorts as text',
  `trace_id` string COMMENT 'W3C trace id of the HTTP request, or of a replay',
  `trace_flags` int COMMENT 'W3C trace flags of the HTTP request, 1 is sampled; null where it had none',
  `parent_span_id` string COMMENT 'received: the caller\'s span in the trace',
  `replay` map<string,string> COMMENT 'runId and reason of a replay; null on first delivery',
  `replay_of` map<string,string> COMMENT 'received: traceId and spanId of the receipt that is replayed',
  `receipt_at` string COMMENT 'deferred, delivered, deadLettered: when the event was received, ISO 8601 UTC',
  `attempts` array<struct<at:string,ms:bigint,outcome:string,status:int,error:string>> COMMENT 'deferred, delivered, deadLettered: the attempts, newest last, at most 10',
  `carried_attempts` int COMMENT 'how many of the attempts an earlier deferred fact has already; null for none',
  `deferral` int COMMENT 'times that the event had been parked before, in deferred with this one; null for none',
  `due_at` string COMMENT 'deferred: when the event is due to be tried again, ISO 8601 UTC',
  `deferred_since` string COMMENT 'received: when it was parked for the first time, of one that returns from there',
  `failed_attempts` int COMMENT 'received, deferred: failed creations in all before it was parked; null for none',
  `queued_ms` bigint COMMENT 'delivered: milliseconds from receipt to the first attempt',
  `dispatch_ms` bigint COMMENT 'delivered: milliseconds of the successful call',
  `verified` boolean COMMENT 'delivered: true where the target already had the event',
  `reason` string COMMENT 'deadLettered: malformed, rejected, exhausted or undecided; dismissed: any text',
  `error` struct<code:string,message:string,status:int> COMMENT 'deferred, deadLettered: the last error',
  `key_name` string COMMENT 'received, deferred, deadLettered: the name of the API key, never the key',
  `request_id` string COMMENT 'received: the id of the HTTP request, as in the access log of the API',
  `may_repeat` boolean COMMENT 'received: the journal may hold another copy of this fact',
  `payload` string COMMENT 'received, deadLettered: the JSON body as the source sent it'
)
PARTITIONED BY (dt string COMMENT 'day of arrival, UTC', hh string COMMENT 'hour of arrival, UTC')
STORED AS PARQUET
LOCATION 's3://ARCHIVE_BUCKET/curated/'
TBLPROPERTIES (
  'projection.enabled' = 'true',
  'projection.dt.type' = 'date',
  'projection.dt.format' = 'yyyy-MM-dd',
  'projection.dt.range' = '2025-01-01,NOW',
  'projection.hh.type' = 'integer',
  'projection.hh.range' = '0,23',
  'projection.hh.digits' = '2',
  'storage.location.template' = 's3://ARCHIVE_BUCKET/curated/dt=${dt}/hh=${hh}/'
);
