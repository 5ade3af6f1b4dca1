import { useEffect, useState } from 'preact/hooks';
import type { FlowNumbers } from '../../lib/console/flow-numbers.ts';

export interface LiveFlow {
  flow: FlowNumbers | undefined;
  /** The reason why there are no new numbers, for people. */
  problem: string | undefined;
}

/** Follows the live numbers while the page is in view. A tab in the background asks for nothing. */
export function useLiveFlow(): LiveFlow {
  const [state, setState] = useState<LiveFlow>({ flow: undefined, problem: undefined });
  useEffect(() => {
    let source: EventSource | undefined;
    const open = () => {
      source = new EventSource('/api/flow/events');
      source.onmessage = ({ data }) =>
        setState({ flow: JSON.parse(data) as FlowNumbers, problem: undefined });
      source.addEventListener('problem', ({ data }) => {
        const { message } = JSON.parse(data) as { message: string };
        setState(({ flow }) => ({ flow, problem: message }));
      });
      source.onerror = () =>
        setState(({ flow }) => ({
          flow,
          problem: 'The console process does not respond: is npm start still running?',
        }));
    };
    const follow = () => {
      source?.close();
      source = undefined;
      if (!document.hidden) open();
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      source?.close();
    };
  }, []);
  return state;
}
