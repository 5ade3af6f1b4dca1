import { drain } from './drain.ts';
import { type Consumer, ourConsumer } from './our-consumer.ts';
import { referenceConsumer } from './reference-consumer.ts';

const ALGORITHMS = ['sliding-window', 'fixed-window', 'token-bucket'] as const;
const RATES = [10, 100, 500, 1000];
const LANES = [1, 4];

/** At 10/s, 3,000 events take five minutes each time: a tenth shows the same, unless somebody has the time. */
const eventsAt = (rate: number, full: boolean) => (rate === 10 && !full ? 300 : 3000);

/** Drains a backlog into targets that enforce exactly what they were said to. */
export async function measureLimits({ full }: { full: boolean }): Promise<void> {
  console.log('\nA backlog, drained into a target that enforces exactly R');
  console.log(
    'consumer   limit           R     lanes  events  drain ÷ ideal  rate used  429      created',
  );
  await warmUp();
  for (const rate of RATES)
    for (const algorithm of ALGORITHMS)
      for (const lanes of LANES) {
        await row('ours', ourConsumer, { rate, algorithm, lanes, events: eventsAt(rate, full) });
        if (algorithm === 'sliding-window' && rate > 10)
          await row('reference', referenceConsumer, { rate, algorithm, lanes, events: 3000 });
      }
}

/** Lets the compiler see the code before anything is measured. */
async function warmUp(): Promise<void> {
  for (const consumer of [ourConsumer, referenceConsumer])
    await drain({ consumer, events: 2000, ratePerSecond: 1000, lanes: 1, settings: {} });
}

async function row(
  name: string,
  consumer: Consumer,
  of: { rate: number; algorithm: (typeof ALGORITHMS)[number]; lanes: number; events: number },
): Promise<void> {
  const { rate, algorithm, lanes, events } = of;
  const settings = { limitPerSecond: rate, limitAlgorithm: algorithm };
  const result = await drain({ consumer, events, ratePerSecond: rate, lanes, settings });
  const ratio = result.seconds / (events / rate);
  console.log(
    [
      name.padEnd(10),
      algorithm.padEnd(15),
      String(rate).padEnd(5),
      String(lanes).padEnd(6),
      String(events).padEnd(7),
      ratio.toFixed(3).padStart(13),
      `${(result.rateUsed * 100).toFixed(1)} %`.padStart(10),
      `${(result.throttledShare * 100).toFixed(2)} %`.padStart(8),
      String(result.created).padStart(8),
    ].join(' '),
  );
}
