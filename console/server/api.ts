import type { ConsoleSource } from '../../lib/console/console-source.ts';
import type { Refusal } from './guard.ts';
import {
  InputError,
  readAuditRange,
  readEnabled,
  readQuery,
  readSelection,
  readStart,
} from './inputs.ts';
import { json, type Reply } from './routes.ts';

/** The facts about this process that the page needs. */
export interface Session {
  allowActions: boolean;
  csrfToken: string;
}

type Read = (query: URLSearchParams) => Promise<unknown>;
type Write = (body: unknown) => Promise<unknown>;

/** A POST route. `acts` is true of one that changes the pipeline; others only take much time, or a long body. */
interface WriteRoute {
  acts: boolean;
  handle: Write;
}

/** The console's requests for data and actions. */
export interface Api {
  /** Returns the reply to a GET; `undefined` where there is none at this path. Changes nothing. */
  get(path: string, query: URLSearchParams): Promise<Reply | undefined>;
  /** Returns the refusal of a POST before its body is read: no such path, or actions that are not allowed. */
  refusePost(path: string): Refusal | undefined;
  post(path: string, body: unknown): Promise<Reply>;
}

export function createApi(source: ConsoleSource, session: Session): Api {
  const reads: Record<string, Read> = {
    '/api/session': async () => ({ ...session, stack: await source.describe() }),
    '/api/flow': () => source.flow(),
    '/api/events': (query) => source.searchEvents(readQuery(query)),
    '/api/event': (query) => source.eventLife(requireId(query)),
    '/api/failures': () => source.failures(),
    '/api/replay': () => source.replayProgress(),
    '/api/audit': () => source.auditProgress(),
  };
  const writes: Record<string, WriteRoute> = {
    '/api/replay/plan': looks((body) => source.planReplay(readSelection(body))),
    '/api/replay/start': acts((body) => {
      const { selection, reason } = readStart(body);
      return source.startReplay(selection, reason);
    }),
    '/api/replay/cancel': acts(() => source.cancelReplay()),
    '/api/dispatch': acts(async (body) => ({
      state: await source.setDispatching(readEnabled(body)),
    })),
    '/api/audit': looks((body) => source.startAudit(readAuditRange(body))),
  };
  return {
    async get(path, query) {
      const read = Object.hasOwn(reads, path) ? reads[path] : undefined;
      return read && replyOf(() => read(query));
    },
    refusePost(path) {
      const route = Object.hasOwn(writes, path) ? writes[path] : undefined;
      if (!route) return { status: 404, message: `There is nothing to POST at ${path}.` };
      if (!route.acts || session.allowActions) return undefined;
      return {
        status: 403,
        message: 'This console only reads: start it with --allow-actions, or use the command.',
      };
    },
    async post(path, body) {
      const route = writes[path];
      if (!route) return json({ message: `There is nothing to POST at ${path}.` }, 404);
      if (body === undefined) return json({ message: 'The body is too long, or no JSON.' }, 400);
      return replyOf(() => route.handle(body));
    },
  };
}

const acts = (handle: Write): WriteRoute => ({ acts: true, handle });
const looks = (handle: Write): WriteRoute => ({ acts: false, handle });

function requireId(query: URLSearchParams): string {
  const id = query.get('id');
  if (id === null || id === '') throw new InputError('Name the event: ?id=ID');
  return id;
}

/** Errors whose message is written for the person who asked. */
const FOR_PEOPLE = new Set(['UsageError', 'ConfigError', 'LockHeldError']);

async function replyOf(work: () => Promise<unknown>): Promise<Reply> {
  try {
    return json(await work());
  } catch (error) {
    const { name, message } = error as Error;
    if (name === 'InputError') return json({ message }, 400);
    if (FOR_PEOPLE.has(name)) return json({ message }, 409);
    return json({ message: `It failed: ${message || name}` }, 500);
  }
}
