/** What has been started, to be stopped in reverse: what produces ends before what it feeds. */
export interface Shutdown {
  add(name: string, stop: () => Promise<void>): void;
  /** Stops everything, also what comes after something that fails to; rejects with the failures. May be called again. */
  run(): Promise<void>;
}

export function createShutdown(): Shutdown {
  const steps: { name: string; stop: () => Promise<void> }[] = [];
  let running: Promise<void> | undefined;

  async function stopAll(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = steps.pop(); step; step = steps.pop()) {
      await step.stop().catch((error) => failures.push(error));
    }
    if (failures.length > 0)
      throw new AggregateError(failures, 'the pipeline did not stop cleanly');
  }

  return {
    add: (name, stop) => steps.push({ name, stop }),
    run() {
      running ??= stopAll();
      return running;
    },
  };
}
