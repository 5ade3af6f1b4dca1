import { drain } from './drain.ts';
import { type Consumer, ourConsumer } from './our-consumer.ts';
import { referenceConsumer } from './reference-consumer.ts';

const ALGORITHMS = ['sliding-window', 'fixed-window', 'token-bucket'] as const;
const RATES = [100, 500, 1000];
const LOW_RATE = 10;
const LANES = [1, 4];
const EVENTS = 3000;

/** Drains a backlog into targets that enforce exactly what they were said to. */
export async function measureLimits(): Promise<void> {
  printHead();
  await warmUp();
  for (const of of RATES.flatMap(combinations)) {
    console.log(await measure('ours', ourConsumer, of));
    if (of.algorithm === 'sliding-window')
      console.log(await measure('reference', referenceConsumer, of));
  }
}

/** The same for a low rate, whose drains take five minutes and hardly any processor: they run side by side, each in the others' gaps. */
export async function measureLowRate(): Promise<void> {
  printHead();
  const of = combinations(LOW_RATE);
  const drains = of.map((one) => measure('ours', ourConsumer, one));
  for (const line of await Promise.all(drains)) console.log(line);
}

function printHead(): void {
  console.log(`\n${EVENTS} events, drained into a target that enforces exactly R`);
  console.log('consumer   limit           R     lanes  drain ÷ ideal  rate used  429      created');
}

interface Combination {
  rate: number;
  algorithm: (typeof ALGORITHMS)[number];
  lanes: number;
}

const combinations = (rate: number): Combination[] =>
  ALGORITHMS.flatMap((algorithm) => LANES.map((lanes) => ({ rate, algorithm, lanes })));

/** Lets the compiler see the code before anything is measured. */
async function warmUp(): Promise<void> {
  for (const consumer of [ourConsumer, ourConsumer, referenceConsumer])
    await drain({ consumer, events: 4000, ratePerSecond: 1000, lanes: 1, settings: {} });
}

/** One drain as a line of the table. */
async function measure(
  name: string,
  consumer: Consumer,
  { rate: ratePerSecond, algorithm, lanes }: Combination,
): Promise<string> {
  const settings = { limitPerSecond: ratePerSecond, limitAlgorithm: algorithm };
  const events = EVENTS;
  const result = await drain({ consumer, events, ratePerSecond, lanes, settings });
  const ratio = result.seconds / (EVENTS / ratePerSecond);
  return [
    name.padEnd(10),
    algorithm.padEnd(15),
    String(ratePerSecond).padEnd(5),
    String(lanes).padEnd(6),
    ratio.toFixed(3).padStart(13),
    `${(result.rateUsed * 100).toFixed(1)} %`.padStart(10),
    `${(result.throttledShare * 100).toFixed(2)} %`.padStart(8),
    String(result.created).padStart(8),
  ].join(' ');
}
