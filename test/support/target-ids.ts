import { setTimeout as delay } from 'node:timers/promises';
import { readTargetIds } from '../../scripts/demo/target-client.ts';

/** The ids of all items at the target, asked until its limit and faults let the question through. */
export async function readAllTargetIds(targetUrl: string): Promise<string[]> {
  for (let failures = 0; ; failures++) {
    try {
      return await readTargetIds(targetUrl);
    } catch (error) {
      if (failures === 40) throw error;
      await delay(100);
    }
  }
}
