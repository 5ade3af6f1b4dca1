import { idInList } from '../id-list.ts';
import { commandLine, type Stack } from '../stack/stack.ts';
import type { Standing } from './timeline.ts';
import type { TraceHistory } from './trace-history.ts';

/** The next step for an event. */
export interface NextStep {
  /** For people: what the command is for. */
  purpose: string;
  /** To be copied into a shell. */
  command: string;
}

/**
 * The next step for an event, on the same stack; `undefined` where nothing is to be done. Pure.
 *
 * @param isPaused dispatch delivers nothing at the moment
 */
export function nextStep(
  eventId: string,
  state: Standing['state'] | undefined,
  { facts }: Pick<TraceHistory, 'facts'>,
  stack: Pick<Stack, 'flags'>,
  isPaused = false,
): NextStep | undefined {
  switch (state) {
    case 'delivered':
    case 'dismissed':
      return undefined;
    case 'deadLettered':
      return isMalformed(facts) ? dismissalOf(eventId, stack) : replayOf(eventId, stack);
    case 'pending':
    case 'deferred':
      if (isPaused)
        return {
          purpose: 'Dispatch is paused: to resume it',
          command: commandLine(stack, 'resume'),
        };
      return { purpose: 'To follow it', command: followOf(eventId, stack) };
    case undefined:
      return { purpose: 'To wait until something is known', command: followOf(eventId, stack) };
  }
}

/** Its record is no event: it fails in the same way each time, until the source sends another. */
const isMalformed = (facts: TraceHistory['facts']) =>
  facts.some(({ fact }) => fact.type === 'deadLettered' && fact.reason === 'malformed');

function replayOf(eventId: string, stack: Pick<Stack, 'flags'>): NextStep {
  const why = ['--execute', '--reason', 'cause mended'];
  const command = commandLine(stack, 'replay', [`--ids=${idInList(eventId)}`, ...why]);
  return { purpose: 'Once its cause is mended, to send it again', command };
}

function dismissalOf(eventId: string, stack: Pick<Stack, 'flags'>): NextStep {
  const args = [`--id=${eventId}`, '--reason', 'sent again in a good form'];
  return {
    purpose: 'Once it needs nothing more, to end it',
    command: commandLine(stack, 'dismiss', args),
  };
}

/** An id that begins with `--` would be taken for a flag. */
function followOf(eventId: string, stack: Pick<Stack, 'flags'>): string {
  const args = eventId.startsWith('--') ? ['--follow', '--', eventId] : [eventId, '--follow'];
  return commandLine(stack, 'trace', args);
}
