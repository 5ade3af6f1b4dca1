import { useEffect, useState } from 'preact/hooks';
import type {
  ReplayPlan,
  ReplayProgress,
  ReplaySelection,
} from '../../lib/console/console-source.ts';
import { count, duration, rate, safe } from './format.ts';
import { get, post, type Session } from './http.ts';
import { Command, Notice } from './parts.tsx';

const POLL_MS = 500;

/** From a selection over a dry run to a replay: nothing is sent before its numbers were shown and a reason was given. */
export function ReplayPanel({
  session,
  selection,
  onEnd,
}: {
  session: Session;
  selection: ReplaySelection | undefined;
  onEnd?: () => void;
}) {
  const [plan, setPlan] = useState<ReplayPlan | undefined>();
  const [error, setError] = useState<string | undefined>();
  const [isPlanning, setPlanning] = useState(false);
  const [progress, setProgress] = useState<ReplayProgress | undefined>();
  const isRunning = progress?.state === 'planning' || progress?.state === 'running';
  const selected = JSON.stringify(selection);
  useEffect(() => setPlan(undefined), [selected]);
  // A run that goes on since before this page was opened can be watched and cancelled, too.
  useEffect(() => {
    const show = (now: ReplayProgress | null) => now?.endedMs === null && setProgress(now);
    get<ReplayProgress | null>('/api/replay').then(show, () => undefined);
  }, []);
  useEffect(() => {
    if (!isRunning) return;
    const timer = setInterval(async () => {
      const now = await get<ReplayProgress | null>('/api/replay').catch(() => undefined);
      if (!now) return;
      setProgress(now);
      if (now.state === 'ended' || now.state === 'failed') onEnd?.();
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [isRunning, onEnd]);

  const attempt = async (work: () => Promise<void>) => {
    setError(undefined);
    await work().catch((failure: Error) => setError(failure.message));
  };
  const makePlan = () =>
    attempt(async () => {
      setPlanning(true);
      setProgress(undefined);
      setPlan(
        await post<ReplayPlan>('/api/replay/plan', selection, session).finally(() =>
          setPlanning(false),
        ),
      );
    });
  const start = (reason: string) =>
    attempt(async () => {
      const body = { selection, reason };
      setProgress(await post<ReplayProgress>('/api/replay/start', body, session));
      setPlan(undefined);
    });
  const cancel = () =>
    attempt(async () => setProgress(await post<ReplayProgress>('/api/replay/cancel', {}, session)));

  return (
    <section class="panel" aria-label="Replay">
      <div class="row">
        <button type="button" disabled={!selection || isPlanning || isRunning} onClick={makePlan}>
          {isPlanning ? 'Planning …' : 'Plan a replay (dry run)'}
        </button>
        <span class="muted">
          {selection === undefined ? 'Select groups first.' : sizeOf(selection)}
        </span>
      </div>
      {error === undefined ? null : <Notice tone="bad">{safe(error)}</Notice>}
      {plan === undefined ? null : <Plan plan={plan} session={session} onStart={start} />}
      {progress === undefined ? null : <Running progress={progress} onCancel={cancel} />}
    </section>
  );
}

function sizeOf(selection: ReplaySelection): string {
  return selection.kind === 'givenUp'
    ? 'All that Lambda gave up.'
    : `${count(selection.ids.length)} events are selected.`;
}

function Plan({
  plan,
  session,
  onStart,
}: {
  plan: ReplayPlan;
  session: Session;
  onStart: (reason: string) => void;
}) {
  const [reason, setReason] = useState('');
  const { events, waiting, ratePerSecond, takesMs, notFound, damages, sample, command } = plan;
  return (
    <div class="plan" role="status">
      <p>
        <b>
          {count(events)} events would be sent again, at {rate(ratePerSecond)} a second: about{' '}
          {duration(takesMs)}.
        </b>{' '}
        {waiting > 0
          ? `${count(waiting)} more are left out: dispatch may still deliver them. `
          : ''}
        {notFound.length > 0
          ? `${count(notFound.length)} are not in the archive yet: plan again in a moment. `
          : ''}
        {damages > 0 ? `${count(damages)} places of the archive cannot be read. ` : ''}
        Nothing was sent.
      </p>
      {sample.length === 0 ? null : (
        <ul class="sample">
          {sample.map(({ eventId, name, receivedAt }) => (
            <li key={eventId}>
              {safe(receivedAt)} {safe(eventId)} {safe(name)}
            </li>
          ))}
        </ul>
      )}
      {session.allowActions ? (
        <form
          class="row"
          onSubmit={(submit) => {
            submit.preventDefault();
            onStart(reason);
          }}
        >
          <label>
            Reason, kept with every event
            <input
              name="reason"
              required
              maxLength={500}
              value={reason}
              onInput={({ currentTarget }) => setReason(currentTarget.value)}
            />
          </label>
          <button type="submit" class="primary" disabled={events === 0 || reason.trim() === ''}>
            Send {count(events)} events again
          </button>
        </form>
      ) : (
        <p class="muted">
          This console only reads: start it with --allow-actions, or use the command.
        </p>
      )}
      {command === null ? null : <Command label="The same plan in a terminal" command={command} />}
    </div>
  );
}

function Running({ progress, onCancel }: { progress: ReplayProgress; onCancel: () => void }) {
  const { state, planned, appended, refused, note, runId, resumeCommand } = progress;
  const isRunning = state === 'planning' || state === 'running';
  return (
    <div class="plan">
      <div class="row">
        <label class="grow">
          <span>
            {state === 'planning' ? 'Planning' : `${count(appended)} of ${count(planned)} sent`}
          </span>
          <progress max={Math.max(1, planned)} value={appended} />
        </label>
        {isRunning ? (
          <button type="button" onClick={onCancel}>
            Cancel
          </button>
        ) : null}
      </div>
      <p role="status">
        {state === 'failed' ? 'Failed: ' : ''}
        {note === null ? '' : safe(note)}
        {refused > 0 ? ` ${count(refused)} were refused.` : ''}
        <span class="muted"> {runId}</span>
      </p>
      {resumeCommand === null ? null : <Command label="To go on" command={resumeCommand} />}
    </div>
  );
}
