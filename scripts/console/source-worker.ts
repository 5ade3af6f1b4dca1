import { parentPort, workerData } from 'node:worker_threads';
import { openStack } from '../stack/stack.ts';
import { openConsoleSource } from './open-source.ts';
import type { WorkerAnswer, WorkerCall, WorkerOptions } from './worker-source.ts';

/** Serves a console source to the thread that started this one. */
const { dataDir } = workerData as WorkerOptions;
const opening = openStack({ 'data-dir': dataDir }).then(openConsoleSource);
// A call says why it could not be opened.
opening.catch(() => undefined);

parentPort?.on('message', async ({ id, method, args }: WorkerCall) => {
  parentPort?.postMessage(await answer(id, method, args));
});

async function answer(
  id: number,
  method: WorkerCall['method'],
  args: unknown[],
): Promise<WorkerAnswer> {
  try {
    const source = await opening;
    const call = source[method] as (...args: unknown[]) => Promise<unknown>;
    return { id, value: await call(...args) };
  } catch (error) {
    const { name, message } = error as Error;
    return { id, error: { name, message } };
  }
}
