import { createArchiveHistory } from '../../lib/archive/event-history.ts';
import type { EventLife } from '../../lib/console/console-source.ts';
import { commandLine, type Stack } from '../stack/stack.ts';
import { contentsOf } from '../trace/contents.ts';
import { nextStep } from '../trace/next-command.ts';
import { standingOf } from '../trace/timeline.ts';
import { createTraceHistory } from '../trace/trace-history.ts';
import { lifeSteps } from './life-steps.ts';

/** One event's life, with its payload as far as the archive holds it: as `npm run trace -- ID --archive` prints it. */
export async function readLife(stack: Stack, eventId: string): Promise<EventLife> {
  const { archive, spill, status, settings, live } = stack;
  const history = await createTraceHistory({
    status,
    withPayloads: true,
    archive: createArchiveHistory({
      ...{ archive, spill, bufferSeconds: settings.archive_buffer_seconds },
    }),
  }).read(eventId);
  const { facts, source, notes } = history;
  const isKnown = facts.length + history.parked.length > 0;
  const standing = isKnown ? standingOf(history, Date.now()) : undefined;
  const dispatch = await live?.dispatch.read().catch(() => undefined);
  const isPaused = dispatch?.state === 'Disabled';
  const { name, payload } = contentsOf(history);
  const next = nextStep(eventId, standing?.state, history, stack, isPaused);
  return {
    ...{ eventId, isKnown, source, notes },
    name: name ?? null,
    state: standing?.state ?? null,
    standing: standing?.detail ?? `Nothing is known of this event by ${source}.`,
    payload: payload === undefined ? null : JSON.stringify(payload, null, 2),
    traceId: facts[0]?.fact.traceId ?? null,
    steps: lifeSteps(facts.map(({ fact }) => fact)),
    next: next ?? null,
    commands: { trace: traceCommand(stack, eventId) },
  };
}

/** An id that begins with `--` would be taken for a flag. */
function traceCommand(stack: Stack, eventId: string): string {
  const args = eventId.startsWith('--') ? ['--archive', '--', eventId] : [eventId, '--archive'];
  return commandLine(stack, 'trace', args);
}
