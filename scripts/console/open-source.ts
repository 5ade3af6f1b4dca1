import { systemClock as clock } from '../../lib/clock.ts';
import type { ConsoleSource } from '../../lib/console/console-source.ts';
import {
  AWS_PACE,
  createFlowWatch,
  type FlowWatch,
  LOCAL_PACE,
} from '../../lib/console/flow-watch.ts';
import { givenUpFacts } from '../../lib/replay/given-up.ts';
import { pathsOf } from '../../local/layout.ts';
import { switchDispatch } from '../dispatch-switch.ts';
import { commandLine, requireLive, type Stack } from '../stack/stack.ts';
import { createAuditJob } from './audit-job.ts';
import { readLife } from './event-life.ts';
import { findEvents } from './find-events.ts';
import { createFailureList } from './list-failures.ts';
import { createReplayJob } from './replay-job.ts';
import { tailOfFile } from './tail-of-file.ts';

/** Opens a pipeline for a console. It is closed with the source. */
export function openConsoleSource(stack: Stack): ConsoleSource {
  const watch = openFlowWatch(stack);
  const failures = createFailureList(stack);
  const replay = createReplayJob(stack);
  const audit = createAuditJob(stack);
  const command = (name: string) => commandLine(stack, name);
  return {
    describe: async () => ({
      name: stack.name,
      isLocal: stack.isLocal,
      archiveBufferSeconds: stack.settings.archive_buffer_seconds,
      commands: {
        ...{ pause: command('pause'), resume: command('resume'), audit: command('audit') },
        dismiss: commandLine(stack, 'dismiss', ['--id=ID', '--reason', 'WHY']),
      },
    }),
    flow: () => watch.read(),
    searchEvents: (query) => findEvents(stack, query),
    eventLife: (eventId) => readLife(stack, eventId),
    failures: () => failures.read(),
    planReplay: (selection) => replay.plan(selection),
    startReplay: (selection, reason) => replay.start(selection, reason),
    replayProgress: async () => replay.progress(),
    cancelReplay: () => replay.cancel(),
    async setDispatching(isEnabled) {
      try {
        return await switchDispatch(requireLive(stack).dispatch, isEnabled, () => undefined);
      } finally {
        watch.expire();
      }
    },
    startAudit: (range) => audit.start(range),
    auditProgress: async () => audit.progress(),
    async close() {
      await replay.cancel();
      await watch.close();
      stack.close();
    },
  };
}

/** The live numbers of a stack. */
export function openFlowWatch(stack: Stack): FlowWatch {
  const { archive, failures, spill, settings, isLocal } = stack;
  const { reader, positions, schedule, dispatch, statusTable } = requireLive(stack);
  return createFlowWatch(
    {
      ...{ reader, positions, schedule, dispatch, archive, failures, spill },
      openEvents: statusTable,
      readGivenUp: () => givenUpFacts(stack),
      readDispatchLog: isLocal ? () => tailOfFile(dispatchLog(stack), LOG_BYTES) : undefined,
      lanesPerShard: settings.dispatch_parallelization_factor,
    },
    isLocal ? LOCAL_PACE : AWS_PACE,
    clock,
  );
}

/** The newest report is within so many bytes. */
const LOG_BYTES = 32 * 1024;

/** The id of a local run is its folder. */
const dispatchLog = ({ id }: Stack) => pathsOf(id).log('dispatch');
