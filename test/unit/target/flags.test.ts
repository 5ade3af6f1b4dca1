import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../../local/target/flags.ts';

describe('the flags of the target', () => {
  it('run a healthy target in memory by default', () => {
    expect(parseFlags([])).toEqual({
      type: 'run',
      options: { port: 4000, databasePath: ':memory:' },
    });
  });

  it('set everything', () => {
    const line =
      '--port 0 --database a/b.db --target-limit 100 --limit-algorithm token-bucket ' +
      '--error-share 0.05 --lost-response-share 0.1 --latency-ms 20 --latency-jitter-ms 5 --idle-reset-ms 350 ' +
      '--outage-ms 3000 --outage-after-ms 100 --outage-mode hang --seed 7 --allow-duplicates';
    expect(parseFlags(line.split(' '))).toEqual({
      type: 'run',
      options: {
        port: 0,
        databasePath: 'a/b.db',
        limitPerSecond: 100,
        limitAlgorithm: 'token-bucket',
        errorShare: 0.05,
        lostResponseShare: 0.1,
        latencyMs: 20,
        latencyJitterMs: 5,
        idleResetMs: 350,
        outage: { durationMs: 3000, afterMs: 100, mode: 'hang' },
        seed: 7,
        allowDuplicates: true,
      },
    });
  });

  it.each([
    ['an unknown flag', ['--speed', '3'], "Unknown option '--speed'"],
    ['a missing value', ['--port'], "Option '--port"],
    ['a stray word', ['now'], 'Unexpected argument'],
    ['a port that is none', ['--port', '70000'], '--port must be a whole number'],
    ['a limit that is no number', ['--target-limit', 'fast'], '--target-limit must be'],
    ['an empty number', ['--latency-ms', ''], '--latency-ms must be'],
    ['an empty file name', ['--database', ''], '--database must name a file'],
    ['an outage without an end', ['--outage-mode', 'hang'], '--outage-ms is missing'],
  ])('refuse %s', (_name, args, problem) => {
    expect(parseFlags(args)).toEqual({ type: 'bad', problems: [expect.stringContaining(problem)] });
  });

  it('name every problem at once', () => {
    const parsed = parseFlags(['--error-share', '2', '--port=-1', '--seed', 'x']);
    expect(parsed).toMatchObject({ type: 'bad' });
    expect(parsed.type === 'bad' && parsed.problems).toHaveLength(3);
  });

  it('show the usage', () => {
    expect(parseFlags(['--help'])).toEqual({ type: 'help' });
  });
});
