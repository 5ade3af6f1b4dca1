import { join } from 'node:path';
import { type ChildService, startChildService } from './child-service.ts';

const MAIN = join(import.meta.dirname, 'target', 'main.ts');

export type TargetProcess = ChildService<{ url: string }>;

/** The target application in a process of its own, so that its work never delays the pipeline's. */
export function startTargetProcess(options: {
  port: number;
  database: string;
  /** Calls per second that it admits, unless `flags` say otherwise. */
  limit: number;
  flags: string[];
}): Promise<TargetProcess> {
  const { port, database, limit, flags } = options;
  const limited = flags.some((flag) => flag.startsWith('--target-limit'));
  return startChildService(MAIN, [
    `--port=${port}`,
    `--database=${database}`,
    ...(limited ? [] : [`--target-limit=${Math.max(1, Math.ceil(limit))}`]),
    ...flags,
  ]);
}
