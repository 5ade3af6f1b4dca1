import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startStoreFaultsLab } from '../../support/store-faults-lab.ts';

const SECONDS = 6;
const RATES = [100, 200, 300, 500];

/** The whole way of a POST through the HTTP front, the authorizer and ingest, ever faster: what these processors manage. */
export async function measureFront(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'orchestrator-bench-front-'));
  const lab = await startStoreFaultsLab({ folder, ratePerSecond: 20, environments: 2 });
  try {
    await lab.send(600, 200);
    const before = lab.kinesis.connections();
    console.log(
      '\nPOST through the HTTP front, 2 environments of ingest, everything on this machine',
    );
    console.log('per second   202    p50 ms   p99 ms   p99.9 ms   max ms   over 500 ms');
    for (const rate of RATES) {
      const { acknowledged, latencyMs, over500 } = await lab.send(rate * SECONDS, rate);
      const { p50, p99, p999, max } = latencyMs;
      const times = [p50, p99, p999, max].map((ms) => ms.toFixed(0).padStart(8)).join(' ');
      console.log(
        `${String(rate).padStart(10)} ${String(acknowledged.size).padStart(5)} ${times} ${String(over500).padStart(13)}`,
      );
    }
    console.log(`connections to Kinesis opened meanwhile: ${lab.kinesis.connections() - before}`);
  } finally {
    await lab.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
