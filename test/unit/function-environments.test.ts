import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import {
  authorizeConfig,
  dispatchConfig,
  ingestConfig,
  parseConfig,
  projectConfig,
  recoverConfig,
  statusConfig,
} from '../../lib/config.ts';
import { readPipelineSettings } from '../../lib/settings.ts';
import { environmentOf, type FunctionsOptions } from '../../local/functions.ts';
import { NAMES } from '../../local/layout.ts';
import { SETTINGS_FILE } from '../../scripts/settings-file.ts';

const LOCALS = await readFile(join(import.meta.dirname, '../../terraform/locals.tf'), 'utf8');
const settings = await readPipelineSettings(SETTINGS_FILE);

const configs = {
  authorize: authorizeConfig,
  ingest: ingestConfig,
  recover: recoverConfig,
  dispatch: dispatchConfig,
  project: projectConfig,
  status: statusConfig,
} satisfies Record<string, v.GenericSchema>;

function optionsWith(changes: Partial<FunctionsOptions['settings']> = {}): FunctionsOptions {
  const aws = { kinesisUrl: 'http://127.0.0.1:1', s3Url: 'http://127.0.0.1:2' };
  return {
    settings: { ...settings, ...changes },
    aws,
    ingestAws: aws,
    timestreamUrl: 'http://127.0.0.1:3',
    dynamoDbUrl: 'http://127.0.0.1:6',
    secretsManagerUrl: 'http://127.0.0.1:4',
    targetUrl: 'http://127.0.0.1:5',
    recoverMinutes: changes.recover_schedule_minutes ?? settings.recover_schedule_minutes,
  } as FunctionsOptions;
}

/** The variables that Terraform always sets. */
function namesInTerraform(name: string): string[] {
  const block = new RegExp(`^ {4}${name} = (?:merge\\(\\n {6})?\\{\\n([\\s\\S]*?)^ +\\}`, 'm');
  const [, body = ''] = block.exec(LOCALS) ?? [];
  return [...body.matchAll(/^ +(\w+) += /gm)].map(([, variable = '']) => variable);
}

const isAlsoOnAws = (variable: string) =>
  !variable.endsWith('_ENDPOINT') &&
  variable !== 'TARGET_CREDENTIAL_SECRET_ID' &&
  variable !== 'OTLP_HEADERS_SECRET_ID';

describe('the environment of each function', () => {
  it.each(Object.entries(configs))('of %s is what it reads, here as on AWS', (name, config) => {
    const environment = environmentOf(name as keyof typeof configs, optionsWith());
    expect(() => parseConfig<v.GenericSchema>(config, environment)).not.toThrow();
    const names = Object.keys(environment);
    expect(names.filter((one) => !(one in config.entries))).toEqual([]);
    expect(names.filter(isAlsoOnAws).toSorted()).toEqual(namesInTerraform(name).toSorted());
  });

  it('names the target’s secret to dispatch only where there is a credential', () => {
    const secretOf = (hasTargetCredential: boolean) =>
      environmentOf('dispatch', { ...optionsWith(), hasTargetCredential })
        .TARGET_CREDENTIAL_SECRET_ID;
    expect([secretOf(false), secretOf(true)]).toEqual([undefined, NAMES.targetCredentialSecret]);
  });

  it('exports spans only to an endpoint that is named, with headers only where they are kept', () => {
    const of = (more: Partial<FunctionsOptions>) =>
      parseConfig(projectConfig, environmentOf('project', { ...optionsWith(), ...more }));
    expect(of({})).toMatchObject({ OTLP_URL: '', TRACE_SAMPLE_RATIO: 1 });
    expect(of({})).not.toHaveProperty('OTLP_HEADERS_SECRET_ID');
    const otlpUrl = 'http://127.0.0.1:7';
    expect(of({ otlpUrl, hasOtlpHeaders: true })).toMatchObject({
      ...{ OTLP_URL: otlpUrl, OTLP_HEADERS_SECRET_ID: NAMES.otlpHeadersSecret },
    });
  });

  it('names the status table and Timestream only where they are kept', () => {
    const of = (changes: Parameters<typeof optionsWith>[0]) =>
      parseConfig(projectConfig, environmentOf('project', optionsWith(changes)));
    expect(of({ status_table: 'problems', status_table_days: 7 })).toMatchObject({
      ...{ STATUS_TABLE: NAMES.statusTable, STATUS_KEEPS: 'problems', STATUS_DAYS: 7 },
      TIMESTREAM_TABLE: '',
    });
    expect(of({ status_table: 'off', timestream_enabled: true })).toMatchObject({
      ...{ STATUS_TABLE: '', TIMESTREAM_TABLE: NAMES.timestreamTable },
    });
    const off = environmentOf('status', optionsWith({ status_table: 'off' }));
    expect(parseConfig(statusConfig, off).STATUS_TABLE).toBe('');
  });

  it('carries the settings of stragglers, codes and limits to dispatch and recover', () => {
    const options = optionsWith({
      target_limit: { calls: 600, per: 'minute', cost_per_call: 2 },
      target_codes: { ...settings.target_codes, duplicate: ['CONFLICT', 'UNIQUE VIOLATION'] },
      target_response_max_bytes: 20_000,
      lookups_per_request: 7,
      clock_skew_ms: 0,
      parking_delay_seconds: 2,
      straggler_share: 0.25,
      straggler_max_age_hours: 5,
      on_systemic_rejection: 'dead-letter',
      recover_schedule_minutes: 3,
    });
    expect(parseConfig(dispatchConfig, environmentOf('dispatch', options))).toMatchObject({
      TARGET_RATE_PER_SECOND: 5,
      TARGET_DUPLICATE_CODES: ['CONFLICT', 'UNIQUE VIOLATION'],
      TARGET_REJECTED_CODES: [],
      TARGET_RESPONSE_MAX_BYTES: 20_000,
      LOOKUPS_PER_REQUEST: 7,
      CLOCK_SKEW_MS: 0,
      PARKING_DELAY_SECONDS: 2,
      STRAGGLER_SHARE: 0.25,
      STRAGGLER_MAX_AGE_HOURS: 5,
      ON_SYSTEMIC_REJECTION: 'dead-letter',
    });
    expect(parseConfig(recoverConfig, environmentOf('recover', options))).toMatchObject({
      TARGET_RATE_PER_SECOND: 5,
      STRAGGLER_SHARE: 0.25,
      SCHEDULE_MINUTES: 3,
    });
  });
});
