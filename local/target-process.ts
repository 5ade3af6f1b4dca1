import { join } from 'node:path';
import type { PipelineSettings } from '../lib/settings.ts';
import { ratePerSecondOf } from '../lib/target-limit.ts';
import { type ChildService, startChildService } from './child-service.ts';
import type { PipelineOptions } from './pipeline-options.ts';
import type { Ports } from './ports.ts';
import type { Shutdown } from './shutdown.ts';

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
  return startChildService(MAIN, [
    `--port=${port}`,
    `--database=${database}`,
    ...withLimit(flags, limit),
  ]);
}

/** The target that dispatch delivers to. */
export interface TargetInUse {
  url: string;
  graphqlUrl: string;
  exited: Promise<string>;
}

/** Starts the target application, unless the options name an external target. */
export async function startTarget(
  options: PipelineOptions,
  settings: PipelineSettings,
  ports: Ports,
  database: string,
  shutdown: Shutdown,
): Promise<TargetInUse> {
  if (options.targetUrl) {
    const external = options.targetUrl;
    return { url: external, graphqlUrl: external, exited: new Promise(() => undefined) };
  }
  const target = await startTargetProcess({
    port: ports.target,
    database,
    limit: ratePerSecondOf(settings.target_limit),
    flags: options.isAwsLike ? [IDLE_RESET, ...options.targetFlags] : options.targetFlags,
  });
  shutdown.add('target', target.stop);
  const { url } = target.ready;
  const exited = target.exited.then(({ stderr }) => stderr || 'killed');
  return { url, graphqlUrl: `${url}/graphql`, exited };
}

/**
 * In an AWS-like run, connections are lost after 10 s. That is less than the 30 s for which dispatch keeps them, as it is with many
 * servers: so the calls that meet a lost one are a part of the run. A NAT gateway's 350 s would never come up.
 */
const IDLE_RESET = '--idle-reset-ms=10000';

const NO_LIMIT = '--target-limit=0';

/** The target's flags with the limit that it has unless they name another; 0 is none, for which the target has no word. Pure. */
export function withLimit(flags: string[], limit: number): string[] {
  if (flags.includes(NO_LIMIT)) return flags.filter((flag) => flag !== NO_LIMIT);
  if (flags.some((flag) => flag.startsWith('--target-limit='))) return flags;
  return [`--target-limit=${Math.max(1, Math.ceil(limit))}`, ...flags];
}
