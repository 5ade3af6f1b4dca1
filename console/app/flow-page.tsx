import type { FlowNumbers } from '../../lib/console/flow-numbers.ts';
import { Chart } from './chart.tsx';
import { ago, count, duration, safe, time } from './format.ts';
import type { LiveFlow } from './live-flow.ts';
import { Notice, Stat } from './parts.tsx';
import { dispatchState, Pipeline } from './pipeline.tsx';

/** The page of the live numbers, from the source to the target. */
export function FlowPage({ live: { flow, problem } }: { live: LiveFlow }) {
  return (
    <>
      {problem === undefined ? null : <Notice tone="bad">{safe(problem)}</Notice>}
      {flow ? <Flow flow={flow} /> : <p class="muted">Reading the journal …</p>}
    </>
  );
}

function Flow({ flow }: { flow: FlowNumbers }) {
  const { series, rate } = flow;
  const { values, fromSecond } = series;
  const allowed = rate.allowed ?? 0;
  return (
    <>
      <Alerts flow={flow} />
      <Pipeline flow={flow} />
      <div class="charts">
        <Chart
          title="Events per second"
          fromSecond={fromSecond}
          lines={[
            { label: 'received', color: 'blue', values: values.received },
            { label: 'delivered', color: 'green', values: values.delivered },
          ]}
        />
        <Chart
          title="Calls per second"
          fromSecond={fromSecond}
          lines={[
            {
              label: 'allowed',
              color: 'muted',
              values: values.attempts.map(() => allowed),
              isDashed: true,
            },
            { label: 'calls', color: 'blue', values: values.attempts },
            { label: '429', color: 'orange', values: values.throttled },
          ]}
        />
        <Chart
          title="Failures per second"
          fromSecond={fromSecond}
          lines={[
            { label: 'parked', color: 'orange', values: values.deferred },
            { label: 'dead-lettered', color: 'red', values: values.deadLettered },
          ]}
        />
      </div>
      <Totals flow={flow} />
    </>
  );
}

/** Counts since the console looks. */
function Totals({ flow: { counts, sinceMs, atMs, latency } }: { flow: FlowNumbers }) {
  return (
    <>
      <h2>Since {time(sinceMs, atMs)} UTC</h2>
      <dl class="stats">
        <Stat label="Received" value={count(counts.received)} note={replayNote(counts.replayed)} />
        <Stat label="Delivered" value={count(counts.delivered)} />
        <Stat label="Parked" value={count(counts.deferred)} note="times" />
        <Stat
          label="Dead-lettered"
          value={count(counts.deadLettered)}
          note={Object.entries(counts.deadLetteredByReason)
            .map(([reason, number]) => `${reason} ${number}`)
            .join(', ')}
          tone={counts.deadLettered > 0 ? 'bad' : 'calm'}
        />
        <Stat label="429 responses" value={count(counts.attempts.throttled ?? 0)} />
        <Stat
          label="POST to delivered"
          value={latency ? duration(latency.p50) : '–'}
          note={latency ? `median; p99 ${duration(latency.p99)}` : 'no delivery in a minute'}
        />
      </dl>
    </>
  );
}

const replayNote = (replayed: number) =>
  replayed > 0 ? `and ${count(replayed)} replayed` : undefined;

/** Notices of the present state that a person should know. */
function Alerts({ flow }: { flow: FlowNumbers }) {
  const { target, dispatch, atMs, stores, problems } = flow;
  const state = dispatchState(flow);
  return (
    <div class="alerts" aria-live="polite">
      {dispatch && dispatch.state !== 'Enabled' ? (
        <Notice>
          <b>Dispatch is {state.word}</b> since {time(dispatch.changedAtMs, atMs)}. Events are
          accepted and kept. <a href="#/rate">Resume it</a>
        </Notice>
      ) : null}
      {target.state === 'well' ? null : (
        <Notice tone="bad">
          <b>The target is {target.state}</b>
          {target.sinceMs === null ? '' : ` since ${time(target.sinceMs, atMs)}`}: one probe a
          second is sent, and no event is given up.
          {target.lastFailure === null ? '' : ` Last: ${safe(target.lastFailure)}`}
          {target.lastSuccessMs === null
            ? ''
            : `. Last success ${ago(target.lastSuccessMs, atMs)}.`}
        </Notice>
      )}
      {stores.spilled && stores.spilled.count > 0 ? (
        <Notice>
          <b>{count(stores.spilled.count)} events are spilled</b>: the journal did not take them in
          time. They are moved into it by themselves.
        </Notice>
      ) : null}
      {problems.map((problem) => (
        <Notice key={problem}>{safe(problem)}</Notice>
      ))}
    </div>
  );
}
