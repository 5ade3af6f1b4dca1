import { printNote } from './output.ts';

/** npm passes a terminal's signal on, so that one Ctrl-C comes twice within this time. */
const SAME_CTRL_C_MS = 1000;

/**
 * Aborts at the first Ctrl-C or SIGTERM. One that comes more than a second later ends the process at once, with exit code 1.
 *
 * @param atOnce the note that is printed then
 */
export function stopSignal(atOnce = 'Stopped at once.'): AbortSignal {
  const stopping = new AbortController();
  let firstMs: number | undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.on(signal, () => {
      if (firstMs !== undefined && Date.now() - firstMs > SAME_CTRL_C_MS) {
        printNote(atOnce);
        process.exit(1);
      }
      firstMs ??= Date.now();
      stopping.abort();
    });
  return stopping.signal;
}

/** Resolves when a signal aborts. */
export function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
}
