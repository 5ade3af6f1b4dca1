import { join } from 'node:path';
import { startArchiveLab } from './archive-lab.ts';
import { type Generated, generateArchive } from './generate.ts';
import { type Measured, runMeasured } from './measured-process.ts';

const COMMAND = join(import.meta.dirname, '../../../scripts/run.mjs');
const STRAIGHTFORWARD = join(import.meta.dirname, 'straightforward.ts');

const SIZES = [100_000, 1_000_000];
const ROUNDS = 3;

interface Contestant {
  name: string;
  script: string;
  args: (lab: { dataDir: string; s3Url: string }, made: Generated) => string[];
  /** Whether what it found is what was generated. */
  isRight: (answer: Answer, made: Generated) => boolean;
}

interface Answer {
  archive: { facts: number; objects: number };
  verdict?: string;
  events?: number | { received: number; unaccounted: number };
  undelivered?: number;
  state?: string;
}

const onRun =
  (command: string, ...flags: string[]) =>
  ({ dataDir }: { dataDir: string }): string[] => [
    command,
    ...flags,
    '--data-dir',
    dataDir,
    '--json',
  ];

const CONTESTANTS: Contestant[] = [
  {
    name: 'straightforward',
    script: STRAIGHTFORWARD,
    args: ({ s3Url }) => [s3Url],
    isRight: (answer, { undelivered }) => answer.undelivered === undelivered,
  },
  {
    name: 'audit',
    script: COMMAND,
    args: onRun('audit'),
    // The journal of the lab is empty: what has no end is lost.
    isRight: ({ verdict, events }, made) =>
      verdict === 'does not hold' &&
      typeof events === 'object' &&
      events.received === made.events &&
      events.unaccounted > 0,
  },
  {
    name: 'replay (dry run)',
    script: COMMAND,
    args: onRun('replay', '--undelivered'),
    isRight: ({ events }, { undelivered }) => events === undelivered,
  },
  {
    name: 'trace',
    script: COMMAND,
    args: (lab, { eventId }) => ['trace', eventId, ...onRun('')(lab).slice(1)],
    isRight: ({ state }) => state === 'delivered',
  },
];

/** How long the commands read, how much of it, and with how much memory; each in a process of its own, interleaved. */
export async function measureReading(): Promise<void> {
  console.log(`\nReading an archive over S3, each in a process of its own (medians of ${ROUNDS})`);
  console.log(
    'command            facts      objects  seconds  facts/s  ÷ straightforward  max RSS  right',
  );
  for (const size of SIZES) {
    const lab = await startArchiveLab();
    try {
      const made = await generateArchive(lab.archive, size);
      await compare(lab, made);
    } finally {
      await lab.stop();
    }
  }
}

async function compare(lab: { dataDir: string; s3Url: string }, made: Generated): Promise<void> {
  const runs = new Map<string, Measured[]>(CONTESTANTS.map(({ name }) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const { name, script, args } of CONTESTANTS)
      runs.get(name)?.push(await runMeasured(script, args(lab, made)));
  const reference = median(runs.get('straightforward') ?? [], 'seconds');
  for (const { name, isRight } of CONTESTANTS) {
    const measured = runs.get(name) ?? [];
    const seconds = median(measured, 'seconds');
    const answers = measured.map(({ stdout }) => JSON.parse(stdout) as Answer);
    const right = answers.every((answer) => isRight(answer, made));
    console.log(
      [
        name.padEnd(16),
        String(made.facts).padStart(9),
        String(answers[0]?.archive.objects).padStart(8),
        seconds.toFixed(2).padStart(10),
        String(Math.round(made.facts / seconds)).padStart(8),
        (seconds / reference).toFixed(2).padStart(18),
        `${median(measured, 'maxRssMiB').toFixed(0)} MiB`.padStart(10),
        right ? 'yes' : 'NO',
      ].join(' '),
    );
  }
}

function median(runs: Measured[], figure: 'seconds' | 'maxRssMiB'): number {
  return runs.map((run) => run[figure]).toSorted((a, b) => a - b)[runs.length >> 1] ?? 0;
}
