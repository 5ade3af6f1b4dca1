import { useEffect, useRef, useState } from 'preact/hooks';
import type { ConsoleStack } from '../../lib/console/console-source.ts';

/** The page's knowledge of the process that serves it. */
export interface Session {
  allowActions: boolean;
  csrfToken: string;
  stack: ConsoleStack;
}

/** Reads JSON. Rejects with a message for a person. */
export async function get<Value>(path: string): Promise<Value> {
  return read<Value>(await reach(fetch(path, { headers: { accept: 'application/json' } })));
}

/** Sends JSON, with the token that only this page has. Rejects with a message for a person. */
export async function post<Value>(
  path: string,
  body: unknown,
  { csrfToken }: Session,
): Promise<Value> {
  const headers = { 'content-type': 'application/json', 'x-csrf-token': csrfToken };
  return read<Value>(
    await reach(fetch(path, { method: 'POST', headers, body: JSON.stringify(body) })),
  );
}

async function reach(request: Promise<Response>): Promise<Response> {
  return request.catch(() => {
    throw new Error('The console process does not respond: is npm start still running?');
  });
}

async function read<Value>(response: Response): Promise<Value> {
  const body = (await response.json()) as Value & { message?: string };
  if (!response.ok) throw new Error(body.message ?? `The request failed: ${response.status}`);
  return body;
}

/** A value that is being read. */
export interface Loading<Value> {
  value: Value | undefined;
  error: string | undefined;
  isLoading: boolean;
  reload(): void;
}

/** Reads a path when it changes, and every `everyMs` if that is given: not while a read is under way or the page is hidden. Without a path, nothing is read. */
export function useRead<Value>(path: string | undefined, everyMs?: number): Loading<Value> {
  const [round, setRound] = useState(0);
  const [state, setState] = useState<Omit<Loading<Value>, 'reload'> & { path?: string }>({
    ...{ value: undefined, error: undefined, isLoading: false },
  });
  const isReading = useRef(false);
  useEffect(() => {
    if (path === undefined) return;
    let isCurrent = true;
    isReading.current = true;
    setState((before) => ({
      ...(before.path === path ? before : { value: undefined, error: undefined }),
      ...{ isLoading: true, path },
    }));
    const end = (news: { value?: Value; error?: string }) => {
      if (!isCurrent) return;
      isReading.current = false;
      setState((before) => ({ ...before, error: undefined, ...news, isLoading: false }));
    };
    get<Value>(path).then(
      (value) => end({ value }),
      (error: Error) => end({ error: error.message }),
    );
    return () => {
      isCurrent = false;
      isReading.current = false;
    };
  }, [path, round]);
  useEffect(() => {
    if (everyMs === undefined) return;
    const timer = setInterval(() => {
      if (!isReading.current && !document.hidden) setRound((before) => before + 1);
    }, everyMs);
    return () => clearInterval(timer);
  }, [everyMs]);
  return { ...state, reload: () => setRound((before) => before + 1) };
}
