import { type Column, FACT_COLUMNS, hiveType } from '../../lib/archive/columns.ts';

/** What Terraform makes the Glue tables from; `key` is the JSON key, for the SerDe's mapping. Pure. */
export function glueColumnsJson(): string {
  const columns = FACT_COLUMNS.map(({ name, key, type, comment }) => ({
    name,
    key,
    type: hiveType(type),
    comment,
  }));
  return `${JSON.stringify(columns, null, 2)}\n`;
}

/** The tables' definitions, for a person and for an account without Terraform. Pure. */
export function athenaDdl(): string {
  return `-- The tables of the archive, as Terraform makes them in Glue. Generated from lib/archive/columns.ts by npm run schema.
-- Put your archive's bucket in the place of ARCHIVE_BUCKET, and run the statements one by one.

-- Every fact, as it lies in the archive. With case.insensitive (the default) the SerDe would write the payload's keys in
-- lower case, and refuse a payload that has two keys of the same letters.
CREATE EXTERNAL TABLE IF NOT EXISTS facts (
${FACT_COLUMNS.map(columnLine).join(',\n')}
)
PARTITIONED BY (dt string COMMENT 'day of arrival, UTC', hh string COMMENT 'hour of arrival, UTC')
ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe'
WITH SERDEPROPERTIES (
${properties(serdeProperties())}
)
STORED AS TEXTFILE
LOCATION 's3://ARCHIVE_BUCKET/facts/'
TBLPROPERTIES (
${properties(projection('facts'))}
);

-- The same facts in Parquet, for analysts; a replay never reads them.
CREATE EXTERNAL TABLE IF NOT EXISTS facts_curated (
${FACT_COLUMNS.map(columnLine).join(',\n')}
)
PARTITIONED BY (dt string COMMENT 'day of arrival, UTC', hh string COMMENT 'hour of arrival, UTC')
STORED AS PARQUET
LOCATION 's3://ARCHIVE_BUCKET/curated/'
TBLPROPERTIES (
${properties(projection('curated'))}
);
`;
}

function columnLine({ name, type, comment }: Column): string {
  return `  \`${name}\` ${hiveType(type)} COMMENT '${comment.replaceAll("'", "\\'")}'`;
}

/** How the SerDe finds a column's value. A line that is not JSON becomes a row of nulls, and stops no query. */
function serdeProperties(): Record<string, string> {
  const renamed = FACT_COLUMNS.filter(({ name, key }) => name !== key);
  return {
    'case.insensitive': 'FALSE',
    'ignore.malformed.json': 'TRUE',
    ...Object.fromEntries(renamed.map(({ name, key }) => [`mapping.${name}`, key])),
  };
}

/** Partitions that nobody has to add. */
function projection(prefix: string): Record<string, string> {
  return {
    'projection.enabled': 'true',
    'projection.dt.type': 'date',
    'projection.dt.format': 'yyyy-MM-dd',
    'projection.dt.range': '2025-01-01,NOW',
    'projection.hh.type': 'integer',
    'projection.hh.range': '0,23',
    'projection.hh.digits': '2',
    'storage.location.template': `s3://ARCHIVE_BUCKET/${prefix}/dt=\${dt}/hh=\${hh}/`,
  };
}

function properties(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `  '${name}' = '${value}'`)
    .join(',\n');
}
