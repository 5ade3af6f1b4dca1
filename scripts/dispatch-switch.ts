import { setTimeout as delay } from 'node:timers/promises';
import type { DispatchControl } from '../lib/ports.ts';

/** AWS takes up to a minute or two, and a batch in hand is finished first. */
const PATIENCE_MS = 180_000;
const POLL_MS = 500;

/** Enables or disables dispatch and waits until that is so; answers the state that it has then. */
export async function switchDispatch(
  dispatch: DispatchControl,
  enabled: boolean,
  tell: (line: string) => void,
): Promise<string> {
  const wanted = enabled ? 'Enabled' : 'Disabled';
  await dispatch.setEnabled(enabled);
  const giveUpAtMs = Date.now() + PATIENCE_MS;
  for (let told = ''; ; ) {
    const { state } = await dispatch.read();
    if (state === wanted || Date.now() > giveUpAtMs) return state;
    if (state !== told) tell(`${state} …`);
    told = state;
    await delay(POLL_MS);
  }
}
