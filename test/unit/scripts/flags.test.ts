import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { percentile } from '../../../lib/percentile.ts';
import { readStartFlags } from '../../../local/pipeline-options.ts';
import { withLimit } from '../../../local/target-process.ts';
import {
  integerFlag,
  numberFlag,
  parseFlags,
  parseWordAndFlags,
  UsageError,
  urlFlag,
} from '../../../scripts/flags.ts';

const RANGE = { min: 1, max: 10, fallback: 5 };

describe('flags', () => {
  it('reads numbers within their range, and the default', () => {
    expect(numberFlag('rate', '2.5', RANGE)).toBe(2.5);
    expect(integerFlag('count', '2', RANGE)).toBe(2);
    expect(numberFlag('rate', undefined, RANGE)).toBe(5);
  });

  it.each(['0', '11', 'ten', '', ' ', 'NaN'])('refuses %j by the flag’s name', (text) => {
    expect(() => numberFlag('rate', text, RANGE)).toThrow(/--rate must be a number from 1 to 10/);
  });

  it('refuses a fraction where whole numbers are wanted', () => {
    expect(() => integerFlag('count', '2.5', RANGE)).toThrow(UsageError);
  });

  it.each(['ftp://x', 'localhost:4000', 'x'])('refuses %j as a URL', (text) => {
    expect(() => urlFlag('url', text)).toThrow(UsageError);
  });

  it('names the known flags when one is unknown', () => {
    expect(() => parseFlags(['--cuont', '1'], { count: { type: 'string' } })).toThrow(
      /--cuont.*--count VALUE/s,
    );
  });
});

const OPTIONS = {
  ids: { type: 'string' },
  from: { type: 'string' },
  execute: { type: 'boolean' },
} as const;

describe('a command line', () => {
  it.each([
    [['--ids', '-NxFirebasePushId'], undefined, { ids: '-NxFirebasePushId' }],
    [['--ids=--odd', '--execute'], undefined, { ids: '--odd', execute: true }],
    [['--ids', ''], undefined, { ids: '' }],
    [['order-17', '--from', '2h'], 'order-17', { from: '2h' }],
    [['--from', '2h', 'order-17'], 'order-17', { from: '2h' }],
    [['--from', '2h', '-Nx', '--execute'], '-Nx', { from: '2h', execute: true }],
    [['--from', '2h', '--', '--odd'], '--odd', { from: '2h' }],
    [['--', '--odd'], '--odd', {}],
    [['--', '--from', '24h'], undefined, { from: '24h' }],
    [['--', '-Nx', '--from=24h'], '-Nx', { from: '24h' }],
    [['--', '--from', '24h', '--', '--odd'], '--odd', { from: '24h' }],
    [['--'], undefined, {}],
  ])('%j', (argv, word, flags) => {
    expect(parseWordAndFlags(argv, OPTIONS)).toEqual({ word, flags });
  });

  it.each([
    [['--ids'], /--ids needs a value\.$/],
    [
      ['--ids', '--execute'],
      /--execute looks like a flag: if it is the value, write --ids=--execute/,
    ],
    [['a', 'b'], /Unexpected argument b: this command takes one, and has a/],
    [['--', '--form', '24h'], /Unexpected argument/],
    [['--form', '24h'], /Unknown option '--form'\. Known flags: --ids VALUE/],
    [['--execute=yes'], /--execute/],
  ])('refuses %j', (argv, message) => {
    expect(() => parseWordAndFlags(argv, OPTIONS)).toThrow(message);
    expect(() => parseWordAndFlags(argv, OPTIONS)).toThrow(UsageError);
  });

  it('refuses a word where none is wanted', () => {
    expect(() => parseFlags(['--from', '2h', '24h'], OPTIONS)).toThrow(/argument 24h\. Known/);
    expect(parseFlags(['--', '--from', '24h'], OPTIONS)).toEqual({ from: '24h' });
  });

  it('refuses to go on without the flags that npm has kept', () => {
    vi.stubEnv('npm_config_from', '24h').stubEnv('npm_lifecycle_event', 'audit');
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(() => parseFlags([], OPTIONS)).toThrow('npm run audit -- --from …');
    expect(parseFlags(['--from', '2h'], OPTIONS)).toEqual({ from: '2h' });
  });
});

describe('readStartFlags', () => {
  it('knows the defaults', () => {
    expect(readStartFlags([])).toMatchObject({
      json: false,
      options: {
        basePort: 4000,
        dataDir: '.orchestrator',
        apiKey: 'local-secret',
        targetFlags: [],
      },
    });
  });

  it.each([
    [[], ['--target-limit=100']],
    [['--target-limit=50'], ['--target-limit=50']],
    [['--target-limit=0', '--latency-ms=5'], ['--latency-ms=5']],
    [['--limit-algorithm=token-bucket'], ['--target-limit=100', '--limit-algorithm=token-bucket']],
  ])('limits the target as %j says', (flags, all) => {
    expect(withLimit(flags, 99.5)).toEqual(all);
  });

  it('hands the target its own flags', () => {
    const flags = ['--target-limit', '50', '--target-error-share', '0.1'];
    expect(readStartFlags(flags)).toMatchObject({
      options: { targetFlags: ['--target-limit=50', '--error-share=0.1'] },
    });
  });

  it('asks for the behaviour of AWS only when told so', () => {
    expect(readStartFlags(['--aws-like'])).toMatchObject({ options: { isAwsLike: true } });
    expect(readStartFlags([])).not.toHaveProperty('options.isAwsLike');
  });

  it('takes a credential for an external target and for the one here', () => {
    const credential = ['--target-credential', 'credential.json'];
    const url = ['--target-url', 'http://x/graphql'];
    for (const flags of [credential, [...url, ...credential]])
      expect(readStartFlags(flags)).toMatchObject({
        options: { targetCredentialFile: 'credential.json', targetFlags: [] },
      });
  });

  it('exports spans to a collector, with headers from a file', () => {
    const endpoint = ['--otlp-endpoint', 'http://127.0.0.1:4318'];
    expect(readStartFlags([...endpoint, '--otlp-headers', 'headers.json'])).toMatchObject({
      options: { otlpUrl: 'http://127.0.0.1:4318', otlpHeadersFile: 'headers.json' },
    });
    expect(readStartFlags(endpoint)).not.toHaveProperty('options.otlpHeadersFile');
    expect(readStartFlags([])).not.toHaveProperty('options.otlpUrl');
  });

  it.each([
    [['--otlp-endpoint', 'nowhere'], /otlp-endpoint/],
    [['--otlp-headers', 'headers.json'], /--otlp-headers needs --otlp-endpoint/],
    [['--target-credential', ''], /target-credential must not be empty/],
    [['--base-port', '70000'], /base-port/],
    [['--shards', '0'], /shards/],
    [['--rate', 'fast'], /rate/],
    [['--target-url', 'nowhere'], /target-url/],
    [['--target-url', 'http://x', '--target-limit', '5'], /external target/],
    [['--api-key', ''], /api-key/],
    [['--nonsense'], /nonsense/],
    [['stray'], /stray/],
    [['--target-contract', ''], /target-contract must not be empty/],
  ])('refuses %j', (argv, message) => {
    expect(() => readStartFlags(argv)).toThrow(message);
    expect(() => readStartFlags(argv)).toThrow(UsageError);
  });
});

describe('the target contract of readStartFlags', () => {
  it('is for any target, and no flag of the target application', () => {
    const flags = ['--target-url', 'http://x/graphql', '--target-contract', 'theirs'];
    expect(readStartFlags(flags)).toMatchObject({
      options: { targetUrl: 'http://x/graphql', targetContract: 'theirs', targetFlags: [] },
    });
    expect(readStartFlags(['--target-contract', 'theirs'])).toMatchObject({
      options: { targetContract: 'theirs', targetFlags: [] },
    });
  });
});

describe('percentile', () => {
  it.each([
    [[], 0.5, 0],
    [[3], 0.99, 3],
    [[4, 1, 3, 2], 0.5, 2],
    [[4, 1, 3, 2], 1, 4],
  ])('of %j at %d is %d', (values, share, expected) => {
    expect(percentile(values, share)).toBe(expected);
  });
});
