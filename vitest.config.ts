import { existsSync } from 'node:fs';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Tests of the whole pipeline that mostly wait, so that three can run at once. Longest first. */
const WAITING = [
  'test/pipeline/given-up.test.ts',
  'test/pipeline/outage.test.ts',
  'test/chaos/killed-environment.test.ts',
  'test/pipeline/start-command.test.ts',
  'test/pipeline/start-anywhere.test.ts',
  'test/pipeline/operator.test.ts',
  'test/pipeline/read-limits.test.ts',
  'test/pipeline/rotation.test.ts',
  'test/pipeline/audit.test.ts',
  'test/pipeline/target-credential.test.ts',
  'test/pipeline/repeated-id.test.ts',
  'test/pipeline/dismiss.test.ts',
  'test/pipeline/traces.test.ts',
  'test/pipeline/parked.test.ts',
];

const gone = WAITING.filter((path) => !existsSync(path));
if (gone.length > 0)
  throw new Error(`WAITING in vitest.config.ts names no file: ${gone.join(', ')}`);

/** Vitest starts the largest files first, but size does not tell how long a test waits. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const place = ({ moduleId }: TestSpecification) =>
      WAITING.findIndex((path) => moduleId.endsWith(path));
    return (await super.sort(files)).sort((a, b) => place(a) - place(b));
  }
}

export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // A CI service switches colours on.
    env: { NO_COLOR: '1' },
    projects: [
      { extends: true, test: { name: 'unit', include: ['test/unit/**/*.test.ts'] } },
      {
        extends: true,
        test: { name: 'contract', include: ['test/contract/**/*.test.ts'], testTimeout: 30_000 },
      },
      {
        extends: true,
        test: {
          name: 'pipeline',
          include: ['test/pipeline/**/*.test.ts', 'test/chaos/**/*.test.ts'],
          exclude: WAITING,
          testTimeout: 120_000,
          hookTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'waiting',
          include: WAITING,
          testTimeout: 240_000,
          hookTimeout: 60_000,
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
        },
      },
      {
        // Needs Terraform and moto: scripts/test-terraform.ts runs it where they are.
        extends: true,
        test: {
          name: 'terraform',
          include: ['test/terraform/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
