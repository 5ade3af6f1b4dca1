import type { AuditProgress } from '../../lib/console/console-source.ts';
import { messageOf } from '../../lib/errors.ts';
import { audit } from '../../lib/replay/audit.ts';
import { OFFENCES } from '../audit/print-report.ts';
import { limitsOf, sourcesOf } from '../audit.ts';
import { UsageError } from '../flags.ts';
import { describeRange } from '../range-flags.ts';
import { commandLine, type Stack } from '../stack/stack.ts';

/** Ids of each offence that are listed. */
const SHOWN = 20;

/** Runs audits as `npm run audit` does, one at a time. */
export function createAuditJob(stack: Stack) {
  let progress: AuditProgress | null = null;
  const change = (news: Partial<AuditProgress>) => {
    if (progress) progress = { ...progress, ...news };
  };

  async function run(range: { fromMs: number; toMs: number }): Promise<void> {
    try {
      const report = await audit(sourcesOf(stack), {
        ...{ range, nowMs: Date.now(), shown: SHOWN, ...limitsOf({}, stack) },
        onProgress: (doing) => change({ doing }),
      });
      change({ state: 'ended', report, endedMs: Date.now() });
    } catch (error) {
      change({ state: 'failed', error: messageOf(error), endedMs: Date.now() });
    }
  }

  return {
    async start(given: { fromMs: number; toMs: number }): Promise<AuditProgress> {
      if (progress?.state === 'running')
        throw new UsageError('An audit is running: wait for its end.');
      const range = {
        fromMs: given.fromMs > 0 ? given.fromMs : Number.NEGATIVE_INFINITY,
        toMs: given.toMs,
      };
      const started: AuditProgress = {
        ...{ state: 'running', startedMs: Date.now(), endedMs: null, doing: '' },
        ...{ report: null, error: null, meanings: OFFENCES, range: describeRange(range) },
        command: commandLine(stack, 'audit', argsOf(range)),
      };
      progress = started;
      void run(range);
      return started;
    },
    progress: () => progress,
  };
}

function argsOf({ fromMs, toMs }: { fromMs: number; toMs: number }): string[] {
  const to = ['--to', new Date(toMs).toISOString()];
  return Number.isFinite(fromMs) ? ['--from', new Date(fromMs).toISOString(), ...to] : to;
}
