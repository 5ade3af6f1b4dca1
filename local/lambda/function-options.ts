import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import type { LogLine } from './log-sink.ts';
import { reservedVariables } from './variables.ts';

export interface FunctionOptions {
  name: string;
  /** Absolute path of an ES module that exports an async `handler(event, context)`. */
  bundle: string;
  timeoutMs: number;
  memoryMb: number;
  /** How far its processes stand back for others on a machine that is shared, 0 (the default) to 19. */
  niceness?: number;
  /** The most invocations that run at once, each in a process of its own. */
  maxEnvironments: number;
  /** The function's own environment variables. */
  environment?: Record<string, string>;
  region: string;
  accountId: string;
  /**
   * How long an invocation waits for its turn when it finds every environment busy; it fails as throttled where that would take longer. As long
   * as it takes unless given; Lambda would start more environments or throttle.
   */
  maxWaitMs?: number;
  /** How long the import of the bundle may take; 10 seconds, as on Lambda. */
  initTimeoutMs?: number;
  /** A file to which every line of output is appended. */
  logFile?: string;
  onLog?: (line: LogLine) => void;
}

/** Throws an error that names everything that is wrong with the options. */
export function checkOptions(options: FunctionOptions): void {
  const problems = [
    ...reservedVariables(options.environment ?? {}).map((name) => `${name} is set by Lambda`),
    ...(['timeoutMs', 'memoryMb', 'maxEnvironments'] as const)
      .filter((name) => !(options[name] > 0))
      .map((name) => `${name} must be above zero`),
    ...bundleProblems(options.bundle),
  ];
  if (problems.length > 0) throw new Error(`Function ${options.name}: ${problems.join('; ')}`);
}

function bundleProblems(bundle: string): string[] {
  if (!isAbsolute(bundle)) return ['bundle must be an absolute path'];
  return existsSync(bundle) ? [] : [`there is no ${bundle}; build the functions first`];
}
